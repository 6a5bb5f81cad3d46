// The service's settings, read once from the environment.

function number(env, name, fallback) {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (!/^\d+$/.test(text)) throw new Error(`${name} must be a whole number`);
  return Number(text);
}

// "100/10" is 100 requests in 10 seconds, "100" the same, "off" no limit.
function rate(env, name, fallback) {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (text === 'off') return null;
  const parts = /^(\d+)(?:\/(\d+)s?)?$/.exec(text);
  if (!parts || Number(parts[1]) === 0 || parts[2] === '0') {
    throw new Error(`${name} must be off, a number of requests, or requests/seconds`);
  }
  return { requests: Number(parts[1]), seconds: Number(parts[2] ?? 10) };
}

export function readConfig(env) {
  if (!env.DATABASE_URL) throw new Error('DATABASE_URL is not set');
  if (!env.JWT_SECRET || env.JWT_SECRET.length < 16) {
    throw new Error('JWT_SECRET is not set, or shorter than 16 characters');
  }
  const usual = { requests: 100, seconds: 10 };
  const rateLimit = rate(env, 'RATE_LIMIT', usual);
  return {
    databaseUrl: env.DATABASE_URL,
    poolSize: number(env, 'POOL_SIZE', 10),
    port: number(env, 'PORT', 0),
    portFile: env.PORT_FILE,
    jwtSecret: env.JWT_SECRET,
    version: env.APP_VERSION || '1.0.0',
    logFile: env.LOG_FILE,
    storageDir: env.STORAGE_DIR || undefined,
    rateLimit,
    healthRateLimit: rate(env, 'HEALTH_RATE_LIMIT', rateLimit && usual),
    requireMigrations: env.REQUIRE_MIGRATIONS === '1',
    control: env.SAMPLE_APP_CONTROL === '1',
    publicUrl: env.PUBLIC_URL || undefined,
    oauth: {
      authorizeUrl: env.OAUTH_AUTHORIZE_URL || 'https://accounts.google.com/o/oauth2/v2/auth',
      clientId: env.OAUTH_CLIENT_ID || 'sample-app.apps.googleusercontent.com',
    },
  };
}
