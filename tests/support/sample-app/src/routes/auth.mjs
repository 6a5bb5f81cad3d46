// Accounts: register, log in (and be locked out), change the password, who am I; the admin's list.
import { Router } from 'express';
import { TOKEN_SECONDS, unauthorized } from '../auth.mjs';
import { NOW, audit, isDuplicate } from '../db.mjs';
import { ApiError, notFound } from '../errors.mjs';
import { hashPassword, matchNobody, passwordMatches } from '../passwords.mjs';
import { email, integer, password, secret, text, validated } from '../validate.mjs';

const MAX_FAILED_LOGINS = 5;
const LOCK_MINUTES = 15;

const FIND_FOR_LOGIN = `
  SELECT u.id, u.email, u.role, u."passwordHash", p."displayName",
         ceil(extract(epoch FROM u."lockedUntil" - ${NOW}))::float8 AS "lockedSeconds"
  FROM users u LEFT JOIN profiles p ON p."userId" = u.id
  WHERE u.email = $1`;

// An expired lock starts the count anew.
const COUNT_FAILURE = `
  UPDATE users u
  SET "failedLogins" = n.failures, "updatedAt" = ${NOW},
      "lockedUntil" = CASE WHEN n.failures >= ${MAX_FAILED_LOGINS} THEN ${NOW} + interval '${LOCK_MINUTES} minutes' END
  FROM (SELECT id, CASE WHEN "lockedUntil" <= ${NOW} THEN 1 ELSE "failedLogins" + 1 END AS failures
        FROM users WHERE id = $1 FOR UPDATE) n
  WHERE u.id = n.id`;

const shownUser = ({ id, email: address, role, displayName }) => ({
  id,
  email: address,
  role,
  displayName,
});

export function authRoutes({ db, auth, control }) {
  const session = (user) => ({
    accessToken: auth.issue(user),
    tokenType: 'Bearer',
    expiresIn: TOKEN_SECONDS,
    user: shownUser(user),
  });

  const refuseLogin = async (user) => {
    if (user && control.behaviour.countFailedLogins) {
      await db.transaction(async (client) => {
        await client.query(COUNT_FAILURE, [user.id]);
        await audit(client, user.id, 'login_failed', { reason: 'wrong password' });
      });
    }
    throw unauthorized('invalid_credentials', 'the e-mail address or the password is wrong');
  };

  const register = async (req, res) => {
    const rules = { email, password, displayName: text({ min: 1, max: 80 }) };
    const sent = validated(req.body, rules, ['email', 'password', 'displayName']);
    const passwordHash = await hashPassword(sent.password);
    try {
      const user = await db.transaction(async (client) => {
        const insertUser = `INSERT INTO users (email, "passwordHash", "createdAt", "updatedAt") VALUES ($1, $2, ${NOW}, ${NOW}) RETURNING id, email, role`;
        const [made] = (await client.query(insertUser, [sent.email, passwordHash])).rows;
        const insertProfile = `INSERT INTO profiles ("userId", "displayName", "createdAt", "updatedAt") VALUES ($1, $2, ${NOW}, ${NOW})`;
        await client.query(insertProfile, [made.id, sent.displayName]);
        await audit(client, made.id, 'registered');
        return made;
      });
      res.status(201).json(session({ ...user, displayName: sent.displayName }));
    } catch (error) {
      if (isDuplicate(error) && control.behaviour.tellDuplicates)
        throw new ApiError(409, 'email_taken', 'there is an account with this e-mail address');
      throw error;
    }
  };

  const login = async (req, res) => {
    const sent = validated(req.body, { email: secret, password: secret }, ['email', 'password']);
    const user = await db.row(FIND_FOR_LOGIN, [sent.email.trim().toLowerCase()]);
    if (user?.lockedSeconds > 0 && control.behaviour.countFailedLogins) {
      const headers = { 'Retry-After': String(user.lockedSeconds) };
      throw new ApiError(423, 'account_locked', 'too many failed logins: the account is locked', {
        headers,
      });
    }
    const matches = user
      ? await passwordMatches(sent.password, user.passwordHash)
      : await matchNobody(sent.password);
    if (!matches) await refuseLogin(user);

    await db.transaction(async (client) => {
      await client.query(
        `UPDATE users SET "failedLogins" = 0, "lockedUntil" = NULL, "lastLoginAt" = ${NOW} WHERE id = $1`,
        [user.id],
      );
      await audit(client, user.id, 'login');
    });
    res.json(session(user));
  };

  const changePassword = async (req, res) => {
    const sent = validated(req.body, { currentPassword: secret, newPassword: password }, [
      'currentPassword',
      'newPassword',
    ]);
    const { passwordHash } = await db.row('SELECT "passwordHash" FROM users WHERE id = $1', [
      req.user.id,
    ]);
    if (!(await passwordMatches(sent.currentPassword, passwordHash))) {
      throw new ApiError(422, 'validation_failed', 'currentPassword: see fields', {
        fields: { currentPassword: 'is not right' },
      });
    }
    if (!control.behaviour.changePassword) return res.status(204).end();
    const fresh = await hashPassword(sent.newPassword);
    await db.transaction(async (client) => {
      await client.query(
        `UPDATE users SET "passwordHash" = $2, "updatedAt" = ${NOW} WHERE id = $1`,
        [req.user.id, fresh],
      );
      await audit(client, req.user.id, 'password_changed');
    });
    res.status(204).end();
  };

  const me = async (req, res) => {
    const user = await db.row(
      `SELECT u.id, u.email, u.role, p."displayName", u."lastLoginAt", u."createdAt"
       FROM users u LEFT JOIN profiles p ON p."userId" = u.id WHERE u.id = $1`,
      [req.user.id],
    );
    res.json(user);
  };

  // Asked again for the password, since it cannot be undone.
  const closeAccount = async (req, res) => {
    const sent = validated(req.body, { password: secret }, ['password']);
    const { passwordHash } = await db.row('SELECT "passwordHash" FROM users WHERE id = $1', [
      req.user.id,
    ]);
    if (!(await passwordMatches(sent.password, passwordHash))) {
      throw new ApiError(422, 'validation_failed', 'password: see fields', {
        fields: { password: 'is not right' },
      });
    }
    await db.row('DELETE FROM users WHERE id = $1', [req.user.id]);
    res.status(204).end();
  };

  return Router()
    .post('/register', register)
    .post('/login', login)
    .post('/password', auth.requireUser, changePassword)
    .get('/me', auth.requireUser, me)
    .delete('/me', auth.requireUser, closeAccount);
}

/// Test support: a token of the caller with any lifetime, also one that has passed already.
export function tokenRoutes({ auth }) {
  return Router().post('/', auth.requireUser, (req, res) => {
    const { expiresIn } = validated(req.body, { expiresIn: integer({ min: -86400, max: 86400 }) }, [
      'expiresIn',
    ]);
    res
      .status(201)
      .json({ accessToken: auth.issue(req.user, expiresIn), tokenType: 'Bearer', expiresIn });
  });
}

export function adminRoutes({ db, auth }) {
  const users = async (req, res) => {
    const limit = Math.min(Math.max(Number.parseInt(req.query.limit ?? '20', 10) || 20, 1), 200);
    const list = await db.rows(
      'SELECT id, email, role, "failedLogins", "lockedUntil", "lastLoginAt", "createdAt" FROM users ORDER BY "createdAt", id LIMIT $1',
      [limit],
    );
    const { total } = await db.row('SELECT count(*)::int AS total FROM users');
    res.json({ users: list, total });
  };

  const unlock = async (req, res) => {
    const sql = `UPDATE users SET "failedLogins" = 0, "lockedUntil" = NULL, "updatedAt" = ${NOW} WHERE email = $1 RETURNING id`;
    const { email: address } = validated(req.body, { email }, ['email']);
    const unlocked = await db.row(sql, [address]);
    if (!unlocked) throw notFound('the account');
    res.status(204).end();
  };

  return Router()
    .use(auth.requireUser, auth.requireRole('admin'))
    .get('/users', users)
    .post('/unlock', unlock);
}
