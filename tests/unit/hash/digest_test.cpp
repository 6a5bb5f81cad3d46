// SPDX-License-Identifier: Apache-2.0
#include "hash/digest.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(hash_digest)

using namespace slipway;

namespace {
struct Row {
    std::string text;
    std::string_view hex;
};
constexpr std::string_view two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
} // namespace

BOOST_AUTO_TEST_CASE(sha256_gives_the_vectors_of_fips_180) {
    for (auto const& row :
         {Row{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
          Row{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
          Row{std::string{two_blocks},
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
          Row{std::string(1'000'000, 'a'),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}}) {
        BOOST_TEST(hash::sha256_hex(row.text) == row.hex);
    }
}

BOOST_AUTO_TEST_CASE(sha1_gives_the_vectors_of_fips_180) {
    BOOST_TEST(hash::sha1_hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    BOOST_TEST(hash::sha1_hex(two_blocks) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

BOOST_AUTO_TEST_CASE(md5_gives_the_vectors_of_rfc_1321) {
    for (auto const& row :
         {Row{"", "d41d8cd98f00b204e9800998ecf8427e"},
          Row{"a", "0cc175b9c0f1b6a831c399e269772661"},
          Row{"abc", "900150983cd24fb0d6963f7d28e17f72"},
          Row{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
          Row{"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
              "57edf4a22be3c955ac49da2e2107b67a"}}) {
        BOOST_TEST(hash::md5_hex(row.text) == row.hex);
    }
}

BOOST_AUTO_TEST_CASE(hmac_gives_the_vectors_of_rfc_4231) {
    struct Keyed {
        std::string key;
        std::string text;
        std::string_view hex;
    };
    std::string counting;
    for (char i = 1; i <= 0x19; ++i) {
        counting += i;
    }
    for (auto const& row :
         {Keyed{
              std::string(20, '\x0b'),
              "Hi There",
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
          Keyed{
              "Jefe",
              "what do ya want for nothing?",
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
          Keyed{
              std::string(20, '\xaa'),
              std::string(50, '\xdd'),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
          Keyed{
              counting,
              std::string(50, '\xcd'),
              "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
          Keyed{
              std::string(131, '\xaa'),
              "Test Using Larger Than Block-Size Key - Hash Key First",
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}}) {
        BOOST_TEST(hash::to_hex(hash::hmac_sha256(row.key, row.text)) == row.hex);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_key_is_a_key_too) {
    BOOST_TEST(
        hash::to_hex(hash::hmac_sha256({}, "")) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

BOOST_AUTO_TEST_CASE(crc32_gives_the_check_value_and_goes_on_from_a_start) {
    BOOST_TEST(hash::crc32("123456789") == 0xcbf43926U);
    BOOST_TEST(hash::crc32("") == 0U);
    BOOST_TEST(hash::crc32("6789", hash::crc32("12345")) == 0xcbf43926U);
}

BOOST_AUTO_TEST_CASE(pieces_give_the_digest_of_the_whole) {
    for (auto const algorithm :
         {hash::Algorithm::md5, hash::Algorithm::sha1, hash::Algorithm::sha256}) {
        hash::Digest whole{algorithm};
        whole.update(two_blocks);
        hash::Digest pieces{algorithm};
        for (char const c : two_blocks) {
            pieces.update({&c, 1});
            pieces.update({});
        }
        BOOST_TEST(pieces.hex() == whole.hex());
    }
}

BOOST_AUTO_TEST_CASE(random_hex_has_the_length_asked_for_and_differs_each_time) {
    BOOST_TEST(hash::random_hex(0).empty());
    BOOST_TEST(hash::random_hex(12).size() == 24U);
    BOOST_TEST(hash::random_hex(256).size() == 512U);
    BOOST_TEST(hash::random_hex(16) != hash::random_hex(16));
    BOOST_TEST(hash::random_hex(64).find_first_not_of("0123456789abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
