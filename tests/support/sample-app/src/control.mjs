// PUT, GET and DELETE /__control: makes the running service slow, failing or wrong, for tests.
import { Router } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './errors.mjs';
import { FAULTS, NORMAL } from './faults.mjs';
import { integer, oneOf, text, validated } from './validate.mjs';

const OFF = {
  latency_ms: 0,
  latency_path: '/',
  error_rate: 0,
  error_status: 500,
  error_path: '/',
  rate_limited: false,
  fault: null,
  seed: 1,
};

const fraction = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1
    ? { value }
    : { error: 'must be a number from 0 to 1' };

const RULES = {
  latency_ms: integer({ min: 0, max: 60000 }),
  latency_path: text({ min: 1, max: 200 }),
  error_rate: fraction,
  error_status: integer({ min: 400, max: 599 }),
  error_path: text({ min: 1, max: 200 }),
  rate_limited: oneOf([true, false]),
  fault: oneOf([null, ...Object.keys(FAULTS)]),
  seed: integer({ min: 0, max: 2 ** 32 - 1 }),
};

// mulberry32: the same seed fails the same requests.
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createControl() {
  const control = {
    set(settings) {
      control.settings = { ...OFF, ...settings };
      control.behaviour = { ...NORMAL, ...FAULTS[control.settings.fault] };
      control.random = randomFrom(control.settings.seed);
    },
  };
  control.set(OFF);
  return control;
}

export function controlRoutes(control) {
  const shown = () => ({
    ...control.settings,
    faults: Object.fromEntries(Object.entries(FAULTS).map(([name, { about }]) => [name, about])),
  });
  return Router()
    .get('/', (_req, res) => res.json(shown()))
    .put('/', (req, res) => {
      control.set(validated(req.body, RULES));
      res.json(shown());
    })
    .delete('/', (_req, res) => {
      control.set(OFF);
      res.status(204).end();
    });
}

export function slowDown(control) {
  return async (req, _res, next) => {
    const { latency_ms, latency_path } = control.settings;
    const wait =
      control.behaviour.delayMs(req) + (req.pathname.startsWith(latency_path) ? latency_ms : 0);
    if (wait > 0) await sleep(wait);
    next();
  };
}

export function failSome(control) {
  return (req, _res, next) => {
    const { error_rate, error_status, error_path } = control.settings;
    if (error_rate > 0 && req.pathname.startsWith(error_path) && control.random() < error_rate) {
      throw new ApiError(error_status, 'injected', 'this request was chosen to fail');
    }
    next();
  };
}

/// Every JSON answer passes the fault that is on.
export function alterAnswers(control) {
  return (req, res, next) => {
    const send = res.json.bind(res);
    res.json = (body) => {
      const altered = control.behaviour.body(req, res, body);
      res.type(control.behaviour.contentType);
      return send(altered);
    };
    next();
  };
}
