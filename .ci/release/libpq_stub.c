/* SPDX-License-Identifier: Apache-2.0
 * The distribution's libpq.a asks for GSSAPI and LDAP, of which it has no static archives. With
 * these, Kerberos log-in fails with libpq's own error (gssencmode=prefer falls back to TLS or
 * plain), and a service file cannot point to an LDAP server. */
#include <stddef.h>

void* GSS_C_NT_HOSTBASED_SERVICE = NULL;

static unsigned int gss_failure(void) {
    return 13U << 16; /* GSS_S_FAILURE of RFC 2744 */
}
static int ldap_other(void) {
    return 0x50; /* LDAP_OTHER */
}
static int ldap_none(void) {
    return 0;
}
static void* ldap_nothing(void) {
    return NULL;
}

unsigned int gss_acquire_cred(void) __attribute__((alias("gss_failure")));
unsigned int gss_delete_sec_context(void) __attribute__((alias("gss_failure")));
unsigned int gss_display_status(void) __attribute__((alias("gss_failure")));
unsigned int gss_import_name(void) __attribute__((alias("gss_failure")));
unsigned int gss_init_sec_context(void) __attribute__((alias("gss_failure")));
unsigned int gss_release_buffer(void) __attribute__((alias("gss_failure")));
unsigned int gss_release_cred(void) __attribute__((alias("gss_failure")));
unsigned int gss_release_name(void) __attribute__((alias("gss_failure")));
unsigned int gss_unwrap(void) __attribute__((alias("gss_failure")));
unsigned int gss_wrap(void) __attribute__((alias("gss_failure")));
unsigned int gss_wrap_size_limit(void) __attribute__((alias("gss_failure")));

int ldap_result(void) __attribute__((alias("ldap_other")));
int ldap_search_st(void) __attribute__((alias("ldap_other")));
int ldap_set_option(void) __attribute__((alias("ldap_other")));
int ldap_simple_bind(void) __attribute__((alias("ldap_other")));
int ldap_unbind(void) __attribute__((alias("ldap_other")));
int ldap_msgfree(void) __attribute__((alias("ldap_other")));
int ldap_count_entries(void) __attribute__((alias("ldap_none")));

void* ldap_err2string(void) __attribute__((alias("ldap_nothing")));
void* ldap_first_entry(void) __attribute__((alias("ldap_nothing")));
void* ldap_get_values_len(void) __attribute__((alias("ldap_nothing")));
void* ldap_init(void) __attribute__((alias("ldap_nothing")));
void* ldap_value_free_len(void) __attribute__((alias("ldap_nothing")));
