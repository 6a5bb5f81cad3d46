// A fixed window for each client address and group of paths, with the RateLimit headers.
import { ApiError } from './errors.mjs';

const SWEEP_AT = 10000;

// /api/profile/links and /api/profile are one group; so is all of /api/health.
const groupOf = (path) => path.toLowerCase().split('/', 3).join('/');

export function rateLimit({ rateLimit: usual, healthRateLimit }, control) {
  const windows = new Map();

  const windowFor = (key, seconds) => {
    const now = Date.now();
    const known = windows.get(key);
    if (known && known.endsAt > now) return known;
    if (windows.size >= SWEEP_AT) {
      for (const [old, { endsAt }] of windows) if (endsAt <= now) windows.delete(old);
    }
    const fresh = { used: 0, endsAt: now + seconds * 1000 };
    windows.set(key, fresh);
    return fresh;
  };

  return (req, res, next) => {
    const group = groupOf(req.pathname);
    const limit = group === '/api/health' ? healthRateLimit : usual;
    const forced = control.settings.rate_limited;
    if (!forced && (!limit || !control.behaviour.limitRate)) return next();

    const { requests, seconds } = limit ?? { requests: 1, seconds: 10 };
    const window = windowFor(`${req.socket.remoteAddress} ${group}`, seconds);
    window.used += 1;
    const remaining = forced ? 0 : Math.max(0, requests - window.used);
    const reset = Math.max(1, Math.ceil((window.endsAt - Date.now()) / 1000));
    res.set({
      'RateLimit-Limit': String(requests),
      'RateLimit-Remaining': String(remaining),
      'RateLimit-Reset': String(reset),
    });
    if (!forced && window.used <= requests) return next();
    throw new ApiError(429, 'rate_limited', `more than ${requests} requests in ${seconds} s`, {
      headers: control.behaviour.sendRetryAfter ? { 'Retry-After': String(reset) } : {},
    });
  };
}
