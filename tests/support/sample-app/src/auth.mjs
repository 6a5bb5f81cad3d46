// Access tokens, and the middleware that asks for one.
import jwt from 'jsonwebtoken';
import { ApiError } from './errors.mjs';

const ISSUER = 'sample-app';
const REALM = 'Bearer realm="sample-app"';
export const TOKEN_SECONDS = 3600;

export function unauthorized(code, message, challenge = '') {
  return new ApiError(401, code, message, {
    headers: { 'WWW-Authenticate': `${REALM}${challenge}` },
  });
}

const invalidToken = (code, message) =>
  unauthorized(code, message, `, error="invalid_token", error_description="${message}"`);

export function createAuth({ jwtSecret }, db, control) {
  const issue = (user, seconds = TOKEN_SECONDS) =>
    jwt.sign({ role: user.role }, jwtSecret, {
      subject: user.id,
      issuer: ISSUER,
      expiresIn: seconds,
    });

  const verify = (token) => {
    const ignoreExpiration = !control.behaviour.checkTokenExpiry;
    return jwt.verify(token, jwtSecret, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      ignoreExpiration,
    });
  };

  const subjectOf = (req) => {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(req.get('authorization') ?? '') ?? [];
    if (!token) throw unauthorized('token_missing', 'a bearer token is needed');
    try {
      return verify(token).sub;
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError)
        throw invalidToken('token_expired', 'the token expired');
      throw invalidToken('token_invalid', 'the token is not valid');
    }
  };

  const nobody = (req) => !control.behaviour.needToken && !req.get('authorization');
  const byEmail = 'SELECT id, email, role FROM users WHERE email = $1';

  // The role comes from the database: a token outlives a demotion.
  const requireUser = async (req, _res, next) => {
    const user = nobody(req)
      ? await db.row(byEmail, ['smoke@example.com'])
      : await db.row('SELECT id, email, role FROM users WHERE id = $1', [subjectOf(req)]);
    if (!user) throw invalidToken('token_invalid', 'the account is gone');
    req.user = user;
    next();
  };

  const requireRole = (role) => (req, _res, next) => {
    if (req.user.role !== role && control.behaviour.checkRole)
      throw new ApiError(403, 'forbidden', `only for the role ${role}`);
    next();
  };

  return {
    issue,
    requireUser,
    requireRole,
    /// Throws where a token made now would not be accepted.
    check: () => verify(issue({ id: 'self-check', role: 'user' }, 60)),
  };
}
