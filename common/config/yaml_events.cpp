// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_events.hpp"

#include "config/bounds.hpp"
#include "text/utf8.hpp"

#include <new>
#include <string>

#include <yaml.h>

namespace slipway::config {

namespace {

Place place_of(yaml_mark_t const& mark) {
    return {static_cast<std::int64_t>(mark.line) + 1, static_cast<std::int64_t>(mark.column) + 1};
}

std::string_view text_of(yaml_char_t const* text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's bytes are unsigned
    return text == nullptr ? std::string_view{} : reinterpret_cast<char const*>(text);
}

} // namespace

struct YamlEvents::State {
    std::string_view name;
    yaml_parser_t parser{};
    yaml_event_t event{};
    YamlEvent told;

    [[nodiscard]] Error malformed() const {
        std::string message = parser.problem == nullptr ? "malformed" : parser.problem;
        if (parser.context != nullptr) {
            message += std::string{" "} + parser.context;
        }
        auto const& mark = parser.error == YAML_READER_ERROR ? parser.mark : parser.problem_mark;
        return fault(name, place_of(mark), "not YAML: " + text::printable_line(message));
    }

    void tell() {
        using Kind = YamlEvent::Kind;
        auto const& data = event.data;
        told = {};
        told.place = place_of(event.start_mark);
        switch (event.type) {
        case YAML_DOCUMENT_START_EVENT:
            told.kind = Kind::document;
            break;
        case YAML_ALIAS_EVENT:
            told.kind = Kind::alias;
            told.anchor = text_of(data.alias.anchor);
            break;
        case YAML_SCALAR_EVENT:
            told.kind = Kind::scalar;
            told.text = {text_of(data.scalar.value).data(), data.scalar.length};
            told.anchor = text_of(data.scalar.anchor);
            told.tag = text_of(data.scalar.tag);
            told.plain = data.scalar.plain_implicit != 0 && told.tag.empty();
            break;
        case YAML_SEQUENCE_START_EVENT:
            told.kind = Kind::list;
            told.anchor = text_of(data.sequence_start.anchor);
            told.tag = text_of(data.sequence_start.tag);
            break;
        case YAML_MAPPING_START_EVENT:
            told.kind = Kind::map;
            told.anchor = text_of(data.mapping_start.anchor);
            told.tag = text_of(data.mapping_start.tag);
            break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
            told.kind = Kind::close;
            break;
        case YAML_STREAM_END_EVENT:
            told.kind = Kind::end;
            break;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        }
    }
};

YamlEvents::YamlEvents(std::string_view text, std::string_view name)
    : state_(std::make_unique<State>()) {
    state_->name = name;
    if (yaml_parser_initialize(&state_->parser) == 0) {
        throw std::bad_alloc{};
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's bytes are unsigned
    auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
    yaml_parser_set_input_string(&state_->parser, bytes, text.size());
    yaml_parser_set_encoding(&state_->parser, YAML_UTF8_ENCODING);
}

YamlEvents::~YamlEvents() {
    yaml_event_delete(&state_->event);
    yaml_parser_delete(&state_->parser);
}

YamlEvent const& YamlEvents::next() {
    auto& state = *state_;
    yaml_event_delete(&state.event);
    if (yaml_parser_parse(&state.parser, &state.event) == 0) {
        if (state.parser.error == YAML_MEMORY_ERROR) {
            throw std::bad_alloc{};
        }
        throw state.malformed();
    }
    state.tell();
    return state.told;
}

} // namespace slipway::config
