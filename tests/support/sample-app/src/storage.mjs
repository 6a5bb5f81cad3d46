// Uploaded pictures: one file a user in a folder of ours.
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from './errors.mjs';

const SIGNATURES = [
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
];

export const typeOf = (bytes) =>
  SIGNATURES.find(([, start]) => bytes.subarray(0, start.length).equals(start))?.[0];

const unavailable = (cause) =>
  new ApiError(503, 'storage_unavailable', `the storage cannot be used: ${cause.code}`);

/// Without a folder it makes one of its own, and removes that again on close.
export async function openStorage({ storageDir }) {
  const dir = storageDir ?? (await mkdtemp(join(tmpdir(), 'sample-app-storage-')));
  await mkdir(dir, { recursive: true, mode: 0o750 });
  const fileOf = (userId) => join(dir, userId);

  return {
    async write(userId, bytes) {
      const part = `${fileOf(userId)}.${process.pid}.part`;
      try {
        await writeFile(part, bytes);
        await rename(part, fileOf(userId));
      } catch (error) {
        await rm(part, { force: true }).catch(() => {});
        throw unavailable(error);
      }
    },
    /// Null where there is none.
    read(userId) {
      return readFile(fileOf(userId)).catch((error) => {
        if (error.code === 'ENOENT') return null;
        throw unavailable(error);
      });
    },
    check: () => access(dir, constants.R_OK | constants.W_OK | constants.X_OK),
    close: async () => {
      if (!storageDir) await rm(dir, { recursive: true, force: true });
    },
  };
}
