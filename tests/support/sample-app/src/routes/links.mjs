// The links on the caller's profile.
import { Router } from 'express';
import { NOW } from '../db.mjs';
import { notFound } from '../errors.mjs';
import { sendTagged } from '../etag.mjs';
import { integer, isUuid, oneOf, text, validated, webUrl } from '../validate.mjs';

const RULES = {
  label: text({ min: 1, max: 40 }),
  url: webUrl,
  type: oneOf(['website', 'imdb', 'showreel', 'other']),
  position: integer({ min: 0, max: 2 ** 31 - 1 }),
};

const COLUMNS = 'id, "profileId", label, url, type, position, "createdAt", "updatedAt"';

// Without a position a link goes to the end.
const INSERT = `
  INSERT INTO profile_links ("userId", "profileId", label, url, type, position, "createdAt", "updatedAt")
  SELECT p."userId", p.id, $2, $3, $4::"LinkType",
         coalesce($5::int, (SELECT max(l.position) + 1 FROM profile_links l WHERE l."profileId" = p.id), 0), ${NOW}, ${NOW}
  FROM profiles p WHERE p."userId" = $1
  RETURNING ${COLUMNS}`;

const UNCHECKED = { ...RULES, url: text({ min: 1, max: 2000 }) };

export function linksRoutes({ db, control }) {
  const rules = () => (control.behaviour.validateLinks ? RULES : UNCHECKED);

  const find = (id, userId) => {
    if (!isUuid(id)) return undefined;
    if (!control.behaviour.ownLinksOnly)
      return db.row(`SELECT ${COLUMNS} FROM profile_links WHERE id = $1`, [id]);
    return db.row(`SELECT ${COLUMNS} FROM profile_links WHERE id = $1 AND "userId" = $2`, [
      id,
      userId,
    ]);
  };

  const list = async (req, res) => {
    const links = await db.rows(
      `SELECT ${COLUMNS} FROM profile_links WHERE "userId" = $1 ORDER BY position, id`,
      [req.user.id],
    );
    sendTagged(control, res, { links });
  };

  const create = async (req, res) => {
    const sent = validated(req.body, rules(), ['label', 'url']);
    const link = await db.row(INSERT, [
      req.user.id,
      sent.label,
      sent.url,
      sent.type ?? 'other',
      sent.position,
    ]);
    if (!link) throw notFound('the profile');
    res.location(`/api/profile/links/${link.id}`);
    sendTagged(control, res, link, 201);
  };

  const show = async (req, res) => {
    const link = await find(req.params.id, req.user.id);
    if (!link) throw notFound('the link');
    sendTagged(control, res, link);
  };

  const update = async (req, res) => {
    const sent = validated(req.body, rules());
    const assignments = Object.keys(sent).map((name, i) => `${name} = $${i + 3}, `);
    const sql = `UPDATE profile_links SET ${assignments.join('')}"updatedAt" = ${NOW} WHERE id = $1 AND "userId" = $2 RETURNING ${COLUMNS}`;
    const link =
      isUuid(req.params.id) &&
      (await db.row(sql, [req.params.id, req.user.id, ...Object.values(sent)]));
    if (!link) throw notFound('the link');
    sendTagged(control, res, link);
  };

  const remove = async (req, res) => {
    const link = await find(req.params.id, req.user.id);
    if (!link) throw notFound('the link');
    if (control.behaviour.deleteLinks)
      await db.row('DELETE FROM profile_links WHERE id = $1', [link.id]);
    res.status(204).end();
  };

  return Router()
    .get('/', list)
    .post('/', create)
    .get('/:id', show)
    .patch('/:id', update)
    .delete('/:id', remove);
}
