// A Slack on this machine: chat.postMessage and chat.update as Slack answers them, to forms and to
// JSON, with its limits (also those it does not publish), one message a second and channel where
// `strictly`, and refusals with status 200.
import { createServer } from 'node:http';

const count = (value) => [...value].length;

/** What Slack would say no to in blocks; empty where it takes them. */
export function objection(blocks) {
  if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > 50) return 'invalid_blocks';
  let all = 0;
  const text = (object, most, types = ['mrkdwn', 'plain_text']) => {
    const length = count(object?.text ?? '');
    all += length;
    return types.includes(object?.type) && length >= 1 && length <= most;
  };
  for (const block of blocks) {
    let good = false;
    if (block.type === 'header') {
      all += 100;
      good = text(block.text, 150, ['plain_text']);
    } else if (block.type === 'section') {
      const fields = block.fields ?? [];
      good = (block.text || fields.length > 0) && (!block.text || text(block.text, 3000)) &&
        fields.length <= 10 && fields.every((field) => text(field, 2000));
    } else if (block.type === 'context') {
      good = block.elements.length >= 1 && block.elements.length <= 10 && block.elements.every((one) => text(one, 2000));
    } else if (block.type === 'actions') {
      const ids = block.elements.map((one) => one.action_id);
      good = block.elements.length >= 1 && block.elements.length <= 25 && new Set(ids).size === ids.length &&
        block.elements.every((one) => one.type === 'button' && text(one.text, 75, ['plain_text']) && count(one.url ?? '') <= 3000 && count(one.action_id ?? '') <= 255);
    } else if (block.type === 'divider') good = true;
    if (!good) return 'invalid_blocks';
  }
  return all > 13_200 ? 'msg_blocks_too_long' : '';
}

export async function slack(context, { token = 'xoxb-s3cret', channel = 'C0123456789', name = '#deploys' } = {}) {
  const messages = new Map();
  const calls = [];
  const disturbances = [];
  let clock = 0;
  const answer = (method, given) => {
    if (given.authorization !== token) return { ok: false, error: given.authorization ? 'invalid_auth' : 'not_authed' };
    const body = given.body;
    if (method === 'auth.test') return { ok: true, team_id: 'T1', bot_id: 'B1' };
    if (![channel, ...(method === 'chat.postMessage' ? [name] : [])].includes(body.channel)) return { ok: false, error: 'channel_not_found' };
    if (!body.text && !body.blocks) return { ok: false, error: 'no_text' };
    const bad = body.blocks ? objection(body.blocks) : '';
    if (bad) return { ok: false, error: bad };
    if (method === 'chat.postMessage') {
      if (body.thread_ts && !messages.has(body.thread_ts)) return { ok: false, error: 'thread_not_found' };
      const ts = `1769853600.${String((clock += 1)).padStart(6, '0')}`;
      messages.set(ts, { ...body, ts, edits: 0 });
      return { ok: true, channel, ts, message: { text: body.text } };
    }
    if (method === 'chat.update') {
      const known = messages.get(body.ts);
      if (!known) return { ok: false, error: 'message_not_found' };
      if (count(body.text ?? '') > 4000) return { ok: false, error: 'msg_too_long' };
      messages.set(body.ts, { ...known, ...body, edits: known.edits + 1 });
      return { ok: true, channel, ts: body.ts, text: body.text };
    }
    return { ok: false, error: 'unknown_method' };
  };
  const server = createServer(async (request, response) => {
    let raw = '';
    request.setEncoding('utf8');
    for await (const chunk of request) raw += chunk;
    const method = request.url.replace(/^\/api\//, '').replace(/\?.*/, '');
    const disturbance = disturbances.shift();
    calls.push({ method, raw, type: request.headers['content-type'], disturbed: Boolean(disturbance) });
    if (disturbance?.drop) return request.socket.destroy();
    const send = (status, value, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
      response.end(typeof value === 'string' ? value : JSON.stringify(value));
    };
    if (disturbance) return send(disturbance.status, disturbance.body, disturbance.headers);
    const type = request.headers['content-type'] ?? '';
    let body;
    try {
      if (type.startsWith('application/json')) body = JSON.parse(raw);
      else {
        body = Object.fromEntries(new URLSearchParams(raw));
        if (body.blocks) body.blocks = JSON.parse(body.blocks);
      }
    } catch {
      return send(200, { ok: false, error: 'invalid_json' });
    }
    const authorization = (request.headers.authorization ?? '').replace('Bearer ', '') || body.token;
    return send(200, answer(method, { authorization, body }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}/api`, messages, calls, disturb: (one) => disturbances.push(one), token, channel, name };
}
