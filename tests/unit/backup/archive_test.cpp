// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"

#include "archive/member_file.hpp"
#include "backup/tar.hpp"
#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "proc/command.hpp"
#include "record/write.hpp"

#include <stop_token>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(backup_archive)

using namespace slipway;

namespace {

proc::Outcome stock(std::string program, std::vector<std::string> arguments) {
    proc::Command command;
    command.program = std::move(program);
    command.arguments = std::move(arguments);
    command.environment = {{"LC_ALL", "C"}, {"TZ", "UTC"}};
    command.timeout = time::Milliseconds{20'000};
    return proc::run(command, {});
}

// A packed backup of three members, one of them empty, one over several reads.
struct Packed {
    Packed() {
        manifest.id = "x1";
        manifest.created_at = time::Instant{std::chrono::seconds{1'700'000'000}};
        fs::Path const dump = folder.path() / "dump";
        fs::make_folder(dump);
        fs::write_atomic(dump / "12.dat.gz", "");
        fs::write_atomic(dump / "toc.dat", "PGDMP");
        fs::write_atomic(dump / "11.dat.gz", large);
        backup::pack(dump, tar, manifest, {});
        auto const found = backup::read_back(tar, manifest, {});
        BOOST_TEST(found.damages.empty());
        manifest.archive.sha256 = found.sha256;
    }

    std::string const large = std::string((std::size_t{1} << 20U) * 2 + 7, 'q');
    fs::TempFolder folder{"slipway-test-"};
    fs::Path tar = folder.path() / "x1.tar";
    backup::Manifest manifest;
};

void flip(fs::Path const& file, std::size_t at) {
    std::string content = fs::read_file(file);
    content[at] = static_cast<char>(content[at] ^ 1);
    fs::write_atomic(file, content);
}

} // namespace

BOOST_AUTO_TEST_CASE(stock_tar_unpacks_what_was_packed) {
    Packed const packed;
    auto const listed = stock("tar", {"tvf", packed.tar.string()});
    BOOST_TEST(listed.ok());
    BOOST_TEST(
        listed.output == "-rw------- root/root         5 2023-11-14 22:13 x1/toc.dat\n"
                         "-rw------- root/root   2097159 2023-11-14 22:13 x1/11.dat.gz\n"
                         "-rw------- root/root         0 2023-11-14 22:13 x1/12.dat.gz\n");
    BOOST_TEST(stock("tar", {"xf", packed.tar.string(), "-C", packed.folder.path().string()}).ok());
    BOOST_TEST(fs::read_file(packed.folder.path() / "x1/toc.dat") == "PGDMP");
    BOOST_TEST((fs::read_file(packed.folder.path() / "x1/11.dat.gz") == packed.large));
}

BOOST_AUTO_TEST_CASE(the_files_are_gone_once_they_are_packed) {
    Packed const packed;
    BOOST_TEST(std::filesystem::is_empty(packed.folder.path() / "dump"));
    auto const mode = std::filesystem::status(packed.tar).permissions();
    BOOST_TEST((mode == std::filesystem::perms{0600}));
}

BOOST_AUTO_TEST_CASE(checksums_are_those_of_sha256sum) {
    Packed const packed;
    BOOST_TEST(packed.manifest.archive.sha256 == record::sha256_of_file(packed.tar));
    BOOST_TEST(packed.manifest.archive.bytes == std::filesystem::file_size(packed.tar));
    auto const sum = stock("sha256sum", {packed.tar.string()});
    BOOST_TEST(sum.output.substr(0, 64) == packed.manifest.archive.sha256);
}

BOOST_AUTO_TEST_CASE(the_same_content_gives_the_same_bytes) {
    BOOST_TEST(Packed{}.manifest.archive.sha256 == Packed{}.manifest.archive.sha256);
}

BOOST_AUTO_TEST_CASE(an_untouched_archive_has_no_damages) {
    Packed const packed;
    BOOST_TEST(backup::damages(packed.tar, packed.manifest, {}).empty());
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_found_wherever_it_is) {
    Packed const packed;
    std::size_t const size = std::filesystem::file_size(packed.tar);
    // A name, a checksum, content, padding, the end.
    for (std::size_t const at :
         {std::size_t{1},
          std::size_t{150},
          std::size_t{513},
          std::size_t{600},
          std::size_t{2000},
          size - 600,
          size - 1}) {
        flip(packed.tar, at);
        BOOST_TEST_CONTEXT("byte " << at) {
            BOOST_TEST(!backup::damages(packed.tar, packed.manifest, {}).empty());
        }
        flip(packed.tar, at);
    }
    flip(packed.tar, 2000);
    auto const damages = backup::damages(packed.tar, packed.manifest, {});
    BOOST_TEST(damages.front() == "the checksum of 11.dat.gz differs");
}

BOOST_AUTO_TEST_CASE(an_archive_that_is_cut_off_is_found) {
    Packed const packed;
    for (std::uintmax_t const size : {0U, 100U, 512U, 515U, 5000U}) {
        fs::Path const copy = packed.folder.path() / "copy.tar";
        std::filesystem::copy_file(
            packed.tar, copy, std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(copy, size);
        auto const damages = backup::damages(copy, packed.manifest, {});
        BOOST_TEST_CONTEXT(size) {
            BOOST_TEST_REQUIRE(!damages.empty());
            BOOST_TEST((damages.front().find("cut off") != std::string::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(one_member_comes_out_alone) {
    Packed const packed;
    fs::Path const out = packed.folder.path() / "out";
    fs::make_folder(out);
    backup::unpack(packed.tar, packed.manifest, out, {}, "toc.dat");
    BOOST_TEST(fs::read_file(out / "toc.dat") == "PGDMP");
    BOOST_TEST(!std::filesystem::exists(out / "11.dat.gz"));
    backup::unpack(packed.tar, packed.manifest, out, {});
    BOOST_TEST((fs::read_file(out / "11.dat.gz") == packed.large));
    BOOST_TEST(fs::read_file(out / "12.dat.gz").empty());
}

BOOST_AUTO_TEST_CASE(long_names_go_through_stock_tar_and_back) {
    fs::TempFolder const folder{"slipway-test-"};
    std::string const name = "x/" + std::string(150, 'n');
    {
        backup::TarWriter writer{folder.path() / "t.tar", {}};
        writer.begin(name, 3);
        writer.write("abc");
        writer.finish();
    }
    BOOST_TEST(
        stock("tar", {"xf", (folder.path() / "t.tar").string(), "-C", folder.path().string()})
            .ok());
    BOOST_TEST(fs::read_file(folder.path() / name) == "abc");
    std::string found;
    backup::TarEvents events;
    events.on_member = [&](std::string const& member, std::uint64_t bytes) {
        found = member + " " + std::to_string(bytes);
        return true;
    };
    backup::read_tar(folder.path() / "t.tar", events);
    BOOST_TEST(found == name + " 3");
}

BOOST_AUTO_TEST_CASE(a_member_from_8_gib_on_has_its_size_in_an_extended_header) {
    fs::TempFolder const folder{"slipway-test-"};
    constexpr std::uint64_t huge = std::uint64_t{9} << 30U;
    fs::Path const tar = folder.path() / "t.tar";
    {
        backup::TarWriter writer{tar, {}};
        writer.begin("huge", huge);
        // The content is left out: its header is what is looked at.
    }
    auto const listed = stock("tar", {"tvf", tar.string()});
    BOOST_TEST((listed.output.find(" 9663676416 ") != std::string::npos));
    std::uint64_t found = 0;
    backup::TarEvents events;
    events.on_member = [&](std::string const&, std::uint64_t bytes) {
        found = bytes;
        return true;
    };
    BOOST_CHECK_THROW(backup::read_tar(tar, events), Error);
    BOOST_TEST(found == huge);
}

BOOST_AUTO_TEST_CASE(
    the_member_that_was_written_into_the_tar_first_comes_out_of_it_as_the_others_do) {
    fs::TempFolder const folder{"slipway-test-"};
    fs::Path const tar = folder.path() / "x1.tar";
    archive::MemberFile file{tar, backup::TarWriter::front};
    std::string content;
    for (int i = 0; content.size() < std::size_t{20} << 20U; ++i) {
        std::string const piece = std::string(99'991, static_cast<char>('a' + i % 26));
        file.append(piece);
        content += piece;
    }
    file.finish();
    fs::Path const dump = folder.path() / "dump";
    fs::make_folder(dump);
    fs::write_atomic(dump / "toc.dat", "PGDMP");
    backup::Manifest manifest;
    manifest.id = "x1";
    backup::pack(
        dump, tar, manifest, {}, {{"11.dat.gz", file.bytes(), file.sha256()}}, "11.dat.gz");
    auto const found = backup::read_back(tar, manifest, {});
    BOOST_TEST(found.damages.empty());
    BOOST_TEST(found.sha256 == record::sha256_of_file(tar));
    BOOST_TEST(manifest.archive.bytes == std::filesystem::file_size(tar));
    auto const listed = stock("tar", {"tf", tar.string()});
    BOOST_TEST(listed.output == "x1/11.dat.gz\nx1/toc.dat\n");
    BOOST_TEST(stock("tar", {"xf", tar.string(), "-C", folder.path().string()}).ok());
    BOOST_TEST((fs::read_file(folder.path() / "x1/11.dat.gz") == content));
    fs::Path const out = folder.path() / "out";
    fs::make_folder(out);
    backup::unpack(tar, manifest, out, {}, "toc.dat");
    BOOST_TEST(fs::read_file(out / "toc.dat") == "PGDMP");
    manifest.archive.sha256 = found.sha256;
    for (std::size_t const at : {std::size_t{3}, std::size_t{530}, std::size_t{10} << 20U}) {
        flip(tar, at);
        BOOST_TEST(!backup::damages(tar, manifest, {}).empty(), "byte " << at);
        flip(tar, at);
    }
    std::filesystem::resize_file(tar, std::size_t{5} << 20U);
    BOOST_CHECK_THROW(backup::unpack(tar, manifest, out, {}, "toc.dat"), Error);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_packing) {
    fs::TempFolder const folder{"slipway-test-"};
    fs::Path const dump = folder.path() / "dump";
    fs::make_folder(dump);
    fs::write_atomic(dump / "toc.dat", "PGDMP");
    backup::Manifest manifest;
    manifest.id = "x";
    std::stop_source source;
    source.request_stop();
    BOOST_CHECK_THROW(
        backup::pack(dump, folder.path() / "x.tar", manifest, source.get_token()), Error);
    BOOST_TEST(std::filesystem::exists(dump / "toc.dat"));
}

BOOST_AUTO_TEST_SUITE_END()
