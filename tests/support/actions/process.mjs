// Starting and stopping programs as GitHub's runner does (Runner.Sdk/ProcessInvoker.cs).
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the runner waits after each signal. */
export const patience = { SIGINT: 7500, SIGTERM: 2500 };

/**
 * Stops a process as the runner does: SIGINT to it alone, then SIGTERM, then SIGKILL to all it
 * started. `exited` is a promise; returns the last signal that was sent.
 */
export async function stopAsRunner(child, exited, waits = patience) {
  for (const [signal, wait] of Object.entries(waits)) {
    if (child.exitCode !== null || child.signalCode !== null) return signal;
    child.kill(signal);
    const gone = await Promise.race([exited.then(() => true), sleep(wait, false, { ref: false })]);
    if (gone) return signal;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of them are gone already.
  }
  return 'SIGKILL';
}

/**
 * Runs a program; every line of stdout and stderr goes to `onLine(line, stream)`. Ends it as the
 * runner does when `signal` is aborted. Returns { code, signal, stopped }.
 */
export async function run(argv, { cwd, env, onLine, signal, waits }) {
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, so that all of it can be killed
  });
  const failed = new Promise((_, reject) => child.once('error', reject));
  const exited = new Promise((resolve) => child.once('exit', (code, by) => resolve({ code, signal: by })));
  const closed = new Promise((resolve) => child.once('close', resolve));
  for (const stream of ['stdout', 'stderr']) {
    createInterface({ input: child[stream] }).on('line', (line) => onLine(line, stream));
  }
  let stopping = null;
  const stop = () => (stopping ??= stopAsRunner(child, exited, waits));
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const end = await Promise.race([exited, failed]);
  signal?.removeEventListener('abort', stop);
  const stopped = stopping && (await stopping);
  // What it left running in the background may hold the pipes; the runner waits five seconds.
  await Promise.race([closed, sleep(5000, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  return { ...end, stopped };
}
