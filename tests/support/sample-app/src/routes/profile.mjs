// The caller's own profile, theme and picture.
import express, { Router } from 'express';
import { NOW, audit } from '../db.mjs';
import { ApiError, notFound } from '../errors.mjs';
import { sendTagged } from '../etag.mjs';
import { typeOf } from '../storage.mjs';
import { nullable, oneOf, text, validated } from '../validate.mjs';

const AVATAR_LIMIT = '256kb';

const RULES = {
  displayName: text({ min: 1, max: 80 }),
  title: nullable(text({ max: 120 })),
  bio: nullable(text({ max: 2000, lines: true })),
};

// SELECT * on purpose: before its migration the table has no title.
const FIND =
  'SELECT p.*, u.email FROM profiles p JOIN users u ON u.id = p."userId" WHERE p."userId" = $1';

const shown = (row) => ({
  id: row.id,
  userId: row.userId,
  email: row.email,
  displayName: row.displayName,
  title: row.title ?? null,
  bio: row.bio,
  socialLinks: row.socialLinks,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

export function profileRoutes({ db, control, storage }) {
  const find = async (userId) => {
    const row = await db.row(FIND, [userId]);
    if (!row) throw notFound('the profile');
    return shown(row);
  };

  const update = async (req, res) => {
    const sent = validated(req.body, RULES);
    const names = Object.keys(sent);
    if (names.length > 0) {
      const assignments = names.map((name, i) => `"${name}" = $${i + 2}`).join(', ');
      await db.transaction(async (client) => {
        await client.query(
          `UPDATE profiles SET ${assignments}, "updatedAt" = ${NOW} WHERE "userId" = $1`,
          [req.user.id, ...Object.values(sent)],
        );
        await audit(client, req.user.id, 'profile_changed', { fields: names });
      });
    }
    sendTagged(control, res, await find(req.user.id));
  };

  const theme = async (req, res) => {
    const row = await db.row(
      'SELECT "themePreference" AS theme FROM profiles WHERE "userId" = $1',
      [req.user.id],
    );
    if (!row) throw notFound('the profile');
    res.json(row);
  };

  const updateTheme = async (req, res) => {
    const sent = validated(req.body, { theme: oneOf(['light', 'dark', 'system']) }, ['theme']);
    if (control.behaviour.saveTheme) {
      await db.row(
        `UPDATE profiles SET "themePreference" = $2, "updatedAt" = ${NOW} WHERE "userId" = $1`,
        [req.user.id, sent.theme],
      );
    }
    res.json({ theme: sent.theme });
  };

  const avatar = async (req, res) => {
    const bytes = await storage.read(req.user.id);
    if (!bytes) throw notFound('the picture');
    res.type(typeOf(bytes)).send(bytes);
  };

  const updateAvatar = async (req, res) => {
    if (!Buffer.isBuffer(req.body) || !typeOf(req.body))
      throw new ApiError(415, 'not_a_picture', 'the body must be a PNG or JPEG picture');
    await storage.write(req.user.id, req.body);
    res.status(204).end();
  };

  const picture = express.raw({ type: ['image/png', 'image/jpeg'], limit: AVATAR_LIMIT });
  return Router()
    .get('/', async (req, res) => sendTagged(control, res, await find(req.user.id)))
    .patch('/', update)
    .get('/theme', theme)
    .patch('/theme', updateTheme)
    .get('/avatar', avatar)
    .put('/avatar', picture, updateAvatar);
}
