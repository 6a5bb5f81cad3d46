// Login with Google, as far as it goes without a request to Google: the redirect there, and the
// check of the state on the way back.
import { Router } from 'express';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.mjs';

const COOKIE = 'oauth_state';
const PATH = '/api/oauth/google';
const STATE_SECONDS = 600;

function cookie(req, name) {
  const pairs = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([key]) => key === name)?.[1];
}

function same(a, b) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function oauthRoutes({ config, control }) {
  const start = (req, res) => {
    const state = randomBytes(24).toString('base64url');
    // Never the Host header: whoever sends the request chooses that.
    const base = config.publicUrl ?? `http://127.0.0.1:${req.socket.localPort}`;
    const target = new URL(control.behaviour.authorizeUrl(config.oauth.authorizeUrl));
    target.search = new URLSearchParams({
      client_id: config.oauth.clientId,
      redirect_uri: `${base}${PATH}/callback`,
      response_type: 'code',
      scope: 'openid email profile',
      state,
    });
    res.cookie(COOKIE, state, {
      httpOnly: true,
      sameSite: 'lax',
      maxAge: STATE_SECONDS * 1000,
      path: PATH,
    });
    res.redirect(302, target.href);
  };

  const callback = (req, res) => {
    const expected = cookie(req, COOKIE);
    const { state } = req.query;
    if (!expected || typeof state !== 'string' || !same(state, expected)) {
      throw new ApiError(400, 'oauth_state_mismatch', 'the state is not the one that was sent out');
    }
    res.clearCookie(COOKIE, { path: PATH });
    throw new ApiError(
      501,
      'oauth_not_configured',
      'no client secret: the code cannot be exchanged',
    );
  };

  return Router().get('/google/start', start).get('/google/callback', callback);
}
