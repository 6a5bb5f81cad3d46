// SPDX-License-Identifier: Apache-2.0
#include "backup/encryption.hpp"

#include "error/error.hpp"
#include "fs/unique_fd.hpp"
#include "hash/digest.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr std::string_view program = "age";
constexpr time::Milliseconds grace{1000};

struct Sum {
    std::uint64_t bytes = 0;
    std::string sha256;
};

Sum sum_of_file(fs::Path const& path, std::stop_token const& stop) {
    constexpr std::size_t piece = std::size_t{1} << 20U;
    fs::UniqueFd const fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) {
        fs::fail("read", path);
    }
    hash::Digest digest{hash::Algorithm::sha256};
    std::string buffer(piece, '\0');
    Sum out;
    for (;;) {
        signal::throw_if_stopped(stop);
        ssize_t const got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno != EINTR) {
            fs::fail("read", path);
        }
        if (got == 0) {
            break;
        }
        auto const count = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
        digest.update({buffer.data(), count});
        out.bytes += count;
    }
    out.sha256 = digest.hex();
    return out;
}

void make_durable(fs::Path const& path) {
    fs::UniqueFd const fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0) {
        fs::fail("write", path);
    }
}

// What age says, without its advice on where to report bugs.
std::string complaint_of(proc::Outcome const& outcome) {
    std::string out;
    for (auto line : text::lines(outcome.error_tail)) {
        constexpr std::string_view speaks = "age: ";
        if (line.starts_with(speaks) && line.find("report unexpected") == std::string_view::npos) {
            line.remove_prefix(speaks.size());
            out += (out.empty() ? "" : "; ") + text::printable_line(line);
        }
    }
    constexpr std::size_t most = 300;
    return text::shorten(out.empty() ? outcome.how() : out, most);
}

[[noreturn]] void throw_disk_full(std::string const& complaint) {
    throw Error{
        ErrorKind::unavailable,
        "age could not write: " + complaint,
        "Free some room on that file system."};
}

proc::Outcome run_age(proc::Command command, std::stop_token const& stop) {
    require_age();
    command.program = program;
    command.grace = grace;
    auto outcome = proc::run(command, stop);
    signal::throw_if_stopped(stop);
    if (!outcome.ok() && outcome.error_tail.find("No space left") != std::string::npos) {
        throw_disk_full(complaint_of(outcome));
    }
    return outcome;
}

// The size that the payload of age's format version 1 must have: a nonce of 16 bytes, and pieces
// of 64 KiB with a tag of 16 bytes each, of which an empty text has one.
std::uint64_t payload_size(std::uint64_t bytes) {
    constexpr std::uint64_t piece = 65536;
    constexpr std::uint64_t tag = 16;
    return tag + bytes + tag * std::max<std::uint64_t>(1, (bytes + piece - 1) / piece);
}

// The header ends with the line of its checksum.
std::uint64_t header_size(fs::Path const& file) {
    constexpr std::size_t longest = std::size_t{64} << 10U;
    fs::UniqueFd const fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string head(longest, '\0');
    ssize_t const got = fd ? ::read(fd.get(), head.data(), head.size()) : -1;
    head.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    auto const mac = head.find("\n--- ");
    auto const end = mac == std::string::npos ? mac : head.find('\n', mac + 1);
    return end == std::string::npos ? 0 : end + 1;
}

} // namespace

void require_recipient(std::string_view text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    if (text::lower(text).find("secret") != std::string::npos) {
        throw Error{
            ErrorKind::usage,
            "--encrypt was given a private key",
            "Give the public one (age1…): `age-keygen -y FILE` shows it. Make a new pair, for "
            "command lines are seen by others."};
    }
    if (!text.starts_with("age1") || text.find_first_not_of(letters) != std::string_view::npos) {
        throw Error{
            ErrorKind::usage,
            "--encrypt was given what is no public key of age",
            "It begins with age1: `age-keygen -o FILE` makes a pair."};
    }
}

void require_age() {
    if (proc::find_program(program).empty()) {
        throw Error{
            ErrorKind::unavailable,
            "the program age is not on this machine",
            "Install it (apt-get install age)."};
    }
}

fs::Path encrypt(
    fs::Path const& tar,
    std::vector<std::string> const& recipients,
    Manifest& manifest,
    std::stop_token const& stop) {
    fs::Path out = tar;
    out += ".age";
    proc::Command command;
    command.arguments = {"--encrypt", "--output", out.string()};
    for (auto const& recipient : recipients) {
        command.arguments.insert(command.arguments.end(), {"--recipient", recipient});
    }
    command.arguments.push_back(tar.string());
    auto const outcome = run_age(std::move(command), stop);
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::failed,
            "age did not encrypt the backup: " + complaint_of(outcome),
            "See whether the keys given with --encrypt are right; nothing was kept."};
    }
    std::filesystem::permissions(
        out, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto const sum = sum_of_file(out, stop);
    auto const header = header_size(out);
    if (header == 0 || sum.bytes != header + payload_size(manifest.archive.bytes)) {
        throw Error{
            ErrorKind::failed,
            "what age wrote has not the size that it must have",
            "Nothing was kept; see which program `age` is."};
    }
    make_durable(out);
    manifest.encryption =
        Encryption{"age", recipients, manifest.archive.bytes, manifest.archive.sha256};
    manifest.archive.path += ".age";
    manifest.archive.bytes = sum.bytes;
    manifest.archive.sha256 = sum.sha256;
    std::filesystem::remove(tar);
    return out;
}

void decrypt(
    fs::Path const& archive,
    Manifest const& manifest,
    Identity const& identity,
    fs::Path const& tar,
    std::stop_token const& stop) {
    proc::Command command;
    std::string const from = identity.file.empty() ? "-" : identity.file.string();
    command.arguments = {"--decrypt", "--identity", from, "--output", tar.string()};
    command.arguments.push_back(archive.string());
    command.input = identity.file.empty() ? identity.text.reveal() + "\n" : "";
    auto const outcome = run_age(std::move(command), stop);
    if (!outcome.ok()) {
        std::string const complaint = complaint_of(outcome);
        bool const other = complaint.find("no identity matched") != std::string::npos;
        bool const unreadable = complaint.find("identit") != std::string::npos ||
                                complaint.find("reading") != std::string::npos;
        throw Error{
            other        ? ErrorKind::refused
            : unreadable ? ErrorKind::usage
                         : ErrorKind::failed,
            other ? fmt::format("the identity does not open {}", manifest.id)
                  : fmt::format("{} was not decrypted: {}", manifest.id, complaint),
            other ? "It was encrypted for " + text::join(manifest.encryption->recipients, ", ") +
                        ": give the identity of one of them."
                  : "See what --identity names."};
    }
    std::filesystem::permissions(
        tar, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto const sum = sum_of_file(tar, stop);
    if (sum.bytes != manifest.encryption->bytes || sum.sha256 != manifest.encryption->sha256) {
        throw Error{
            ErrorKind::failed,
            fmt::format("{} holds another tar than its manifest says", manifest.id),
            "Choose another backup."};
    }
}

Manifest plain_manifest(Manifest const& manifest) {
    Manifest out = manifest;
    if (out.encryption) {
        out.archive = {out.id + ".tar", out.encryption->bytes, out.encryption->sha256, "tar"};
        out.encryption.reset();
    }
    return out;
}

std::vector<std::string>
encrypted_damages(fs::Path const& archive, Manifest const& manifest, std::stop_token const& stop) {
    auto const sum = sum_of_file(archive, stop);
    if (sum.bytes != manifest.archive.bytes) {
        return {fmt::format("the archive has {} bytes, not {}", sum.bytes, manifest.archive.bytes)};
    }
    if (sum.sha256 != manifest.archive.sha256) {
        return {"the checksum of the archive differs"};
    }
    return {};
}

} // namespace slipway::backup
