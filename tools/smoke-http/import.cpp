#include "import.hpp"
namespace slipway::smoke_http {
void import_document(Options const&, tool::Context&) {}
} // namespace slipway::smoke_http
