// Password hashes: scrypt$N$r$p$salt$hash. The cost is small because tests log in a lot.
import { randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const scrypt = promisify(scryptCallback);
const COST = { N: 1024, r: 8, p: 1 };
const LENGTH = 32;

export async function hashPassword(password) {
  const salt = randomBytes(16);
  const hash = await scrypt(password, salt, LENGTH, COST);
  return [
    'scrypt',
    COST.N,
    COST.r,
    COST.p,
    salt.toString('base64url'),
    hash.toString('base64url'),
  ].join('$');
}

/// False for a hash that it does not understand: such an account cannot log in.
export async function passwordMatches(password, stored) {
  const [scheme, N, r, p, salt, expected] = stored.split('$');
  if (scheme !== 'scrypt' || !expected) return false;
  const want = Buffer.from(expected, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const got = await scrypt(password, Buffer.from(salt, 'base64url'), want.length, cost);
  return timingSafeEqual(got, want);
}

/// Spends the same time for an unknown account as for a known one.
const NOBODY = await hashPassword(randomBytes(16).toString('hex'));
export const matchNobody = (password) => passwordMatches(password, NOBODY);
