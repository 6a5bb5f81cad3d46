/* SPDX-License-Identifier: Apache-2.0
 * Whether ISA-L links statically and works here: what it deflates, it inflates to the same. */
#include <isa-l/igzip_lib.h>
#include <string.h>

int main(void) {
    static unsigned char text[100000], packed[sizeof text], again[sizeof text];
    static struct isal_zstream out;
    static struct inflate_state in;
    memset(text, 'a', sizeof text);
    isal_deflate_init(&out);
    out.end_of_stream = 1;
    out.gzip_flag = IGZIP_GZIP;
    out.next_in = text;
    out.avail_in = sizeof text;
    out.next_out = packed;
    out.avail_out = sizeof packed;
    if (isal_deflate(&out) != COMP_OK || out.total_out >= sizeof text / 10) {
        return 1;
    }
    isal_inflate_init(&in);
    in.crc_flag = IGZIP_GZIP;
    in.next_in = packed;
    in.avail_in = out.total_out;
    in.next_out = again;
    in.avail_out = sizeof again;
    return isal_inflate(&in) == ISAL_DECOMP_OK && in.total_out == sizeof text &&
                   memcmp(text, again, sizeof text) == 0
               ? 0
               : 1;
}
