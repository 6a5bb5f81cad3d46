// The parts put together, in the order in which a request passes them.
import express from 'express';
import { randomUUID } from 'node:crypto';
import { createAuth } from './auth.mjs';
import { alterAnswers, controlRoutes, createControl, failSome, slowDown } from './control.mjs';
import { errorHandler, notFound } from './errors.mjs';
import { healthRoutes } from './health.mjs';
import { rateLimit } from './rate-limit.mjs';
import { adminRoutes, authRoutes, tokenRoutes } from './routes/auth.mjs';
import { linksRoutes } from './routes/links.mjs';
import { oauthRoutes } from './routes/oauth.mjs';
import { profileRoutes } from './routes/profile.mjs';
import { dashboardRoutes, tasksRoutes } from './routes/tasks.mjs';

const identify = (control) => (req, res, next) => {
  const given = req.get('x-request-id') ?? '';
  req.id = /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  // req.path changes inside routers.
  req.pathname = req.path;
  res.set({ 'X-Request-Id': req.id, 'Cache-Control': 'no-store' });
  if (control.behaviour.sendNosniff) res.set('X-Content-Type-Options', 'nosniff');
  next();
};

// The path without its query: that may hold a code or a token.
function logRequests(log) {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      log.info('request', {
        request_id: req.id,
        method: req.method,
        path: req.pathname,
        status: res.statusCode,
        duration_ms: Number((performance.now() - startedAt).toFixed(2)),
        user_id: req.user?.id,
        aborted: res.writableFinished ? undefined : true,
      });
    });
    next();
  };
}

export function createApp({ config, db, log, storage }) {
  const control = createControl();
  const auth = createAuth(config, db, control);
  const parts = { config, db, log, storage, control, auth };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(identify(control));
  if (config.control) app.use('/__control', express.json(), controlRoutes(control));

  app.use(
    logRequests(log),
    alterAnswers(control),
    slowDown(control),
    rateLimit(config, control),
    failSome(control),
  );
  app.use(express.json({ limit: '64kb' }));

  app.get('/', (_req, res) =>
    res.json({ name: 'sample-app', version: config.version, health: '/api/health' }),
  );
  app.use('/api/health', healthRoutes(parts));
  if (config.control) app.use('/api/auth/token', tokenRoutes(parts));
  app.use('/api/auth', authRoutes(parts));
  app.use('/api/admin', adminRoutes(parts));
  app.use('/api/oauth', oauthRoutes(parts));
  app.use('/api/profile/links', auth.requireUser, linksRoutes(parts));
  app.use('/api/profile', auth.requireUser, profileRoutes(parts));
  app.use('/api/tasks', auth.requireUser, tasksRoutes(parts));
  app.use('/api/dashboard', auth.requireUser, dashboardRoutes(parts));

  app.use((req) => {
    throw notFound(req.pathname);
  });
  app.use(errorHandler(log));
  return app;
}
