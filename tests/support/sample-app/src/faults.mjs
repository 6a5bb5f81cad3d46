// What the service does when all is well, and the faults that a test can switch on: each
// replaces some of that. The rest of the code asks `control.behaviour` and knows no fault by name.
import { randomUUID } from 'node:crypto';

export const NORMAL = {
  body: (_req, _res, body) => body,
  contentType: 'application/json; charset=utf-8',
  delayMs: () => 0,
  etag: (tag) => tag,
  checkTokenExpiry: true,
  checkRole: true,
  countFailedLogins: true,
  limitRate: true,
  deleteLinks: true,
  saveTheme: true,
  honestHealth: true,
  needToken: true,
  validateLinks: true,
  ownLinksOnly: true,
  changePassword: true,
  tellDuplicates: true,
  sendNosniff: true,
  sendRetryAfter: true,
  authorizeUrl: (url) => url,
};

const without = (field) => (_req, _res, body) => {
  const { [field]: _, ...rest } = body;
  return rest;
};

export const FAULTS = {
  wrong_status: {
    about: 'what answered 201 answers 200',
    body(_req, res, body) {
      if (res.statusCode === 201) res.status(200);
      return body;
    },
  },
  missing_field: {
    about: 'login has no expiresIn, the profile no displayName',
    body(req, res, body) {
      if (req.pathname === '/api/auth/login') return without('expiresIn')(req, res, body);
      if (req.pathname === '/api/profile') return without('displayName')(req, res, body);
      return body;
    },
  },
  slow_endpoint: {
    about: 'GET /api/dashboard/stats takes two seconds more',
    delayMs: (req) => (req.pathname === '/api/dashboard/stats' ? 2000 : 0),
  },
  broken_etag: { about: 'every answer has another ETag', etag: () => `"${randomUUID()}"` },
  no_rate_limit: { about: 'nobody is ever limited', limitRate: false },
  expired_token_accepted: { about: 'tokens never expire', checkTokenExpiry: false },
  wrong_role_allowed: { about: 'a user may do what an admin may', checkRole: false },
  no_lockout: { about: 'an account is never locked', countFailedLogins: false },
  links_delete_noop: { about: 'DELETE of a link says 204 and keeps the link', deleteLinks: false },
  theme_not_saved: { about: 'PATCH of the theme answers as if it were saved', saveTheme: false },
  health_lies: { about: 'health says healthy without looking', honestHealth: false },
  no_token_needed: { about: 'who sends no token is the smoke user', needToken: false },
  links_not_validated: { about: 'a link may be any text', validateLinks: false },
  links_of_others: { about: 'a link is shown to whoever knows its id', ownLinksOnly: false },
  password_not_changed: {
    about: 'a change of the password says 204 and changes nothing',
    changePassword: false,
  },
  duplicate_unhandled: {
    about: 'registering a known address is an internal error',
    tellDuplicates: false,
  },
  no_nosniff: { about: 'X-Content-Type-Options is not sent', sendNosniff: false },
  no_retry_after: { about: '429 has no Retry-After', sendRetryAfter: false },
  oauth_elsewhere: {
    about: 'the login with Google leads to another host',
    authorizeUrl: () => 'https://accounts.example.net/o/oauth2/v2/auth',
  },
  bad_content_type: { about: 'JSON is sent as text/html', contentType: 'text/html; charset=utf-8' },
  password_in_body: {
    about: 'login and registration send the password back',
    body: (req, _res, body) =>
      body.accessToken && req.body?.password ? { ...body, password: req.body.password } : body,
  },
};
