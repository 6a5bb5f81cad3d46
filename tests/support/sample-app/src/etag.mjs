// Answers with a strong ETag, and 304 where the client has that one already.
import { createHash } from 'node:crypto';

// Not express' own check: that ignores If-None-Match beside "Cache-Control: no-cache", which
// fetch() always sends with it.
function alreadyKnown(req, tag) {
  const known = (req.get('if-none-match') ?? '')
    .split(',')
    .map((entry) => entry.trim().replace(/^W\//, ''));
  return ['GET', 'HEAD'].includes(req.method) && (known.includes(tag) || known.includes('*'));
}

export function sendTagged(control, res, body, status = 200) {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  const tag = control.behaviour.etag(`"${hash.slice(0, 27)}"`);
  res.set({ ETag: tag, 'Cache-Control': 'private, no-cache' });
  if (alreadyKnown(res.req, tag)) res.status(304).end();
  else res.status(status).json(body);
}
