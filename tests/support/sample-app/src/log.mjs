// JSON lines: to a file when there is one, else the errors alone to stderr.
import { closeSync, openSync, writeSync } from 'node:fs';

export function openLog(file) {
  const open = () => (file ? openSync(file, 'a', 0o640) : process.stderr.fd);
  let fd = open();

  const write = (level, message, fields) => {
    if (!file && level !== 'error') return;
    const line = JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
    try {
      writeSync(fd, `${line}\n`);
    } catch {
      // A full disk must not take the service down with it.
    }
  };

  return {
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    /// After logrotate has moved the file away.
    reopen() {
      if (!file) return;
      closeSync(fd);
      fd = open();
    },
  };
}
