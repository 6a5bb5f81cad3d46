// What goes wrong, as the client sees it and as the log keeps it.
import { isBusy, isMissingObject, isUnreachable } from './db.mjs';

export class ApiError extends Error {
  constructor(status, code, message, { headers = {}, fields } = {}) {
    super(message);
    Object.assign(this, { status, code, headers, fields });
  }
}

export const notFound = (what) => new ApiError(404, 'not_found', `${what} does not exist`);

// What express and its body parser throw.
const PARSER_CODES = { 'entity.parse.failed': 'invalid_json', 'entity.too.large': 'too_large' };

function asApiError(error) {
  if (error instanceof ApiError) return error;
  if (isMissingObject(error))
    return new ApiError(501, 'not_migrated', 'the database does not have what this needs yet');
  if (isUnreachable(error)) {
    return new ApiError(503, 'database_unavailable', 'the database cannot be reached', {
      headers: { 'Retry-After': '1' },
    });
  }
  if (isBusy(error)) {
    return new ApiError(503, 'database_busy', 'the database did not answer in time', {
      headers: { 'Retry-After': '1' },
    });
  }
  if (error.status >= 400 && error.status < 500) {
    return new ApiError(
      error.status,
      PARSER_CODES[error.type] ?? 'bad_request',
      'the request cannot be read',
    );
  }
  return new ApiError(500, 'internal', 'something went wrong');
}

function errorClass(error, shown, path) {
  if (/^[0-9A-Z]{5}$/.test(error.code ?? '') || shown.code.startsWith('database'))
    return 'database';
  if (path.startsWith('/api/oauth')) return 'oauth';
  if (shown.status === 422) return 'validation';
  if ([401, 403, 423].includes(shown.status)) return 'auth';
  return shown.status === 429 ? 'rate_limit' : 'internal';
}

export function errorHandler(log) {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const shown = asApiError(error);
    const fields = {
      class: errorClass(error, shown, req.pathname),
      request_id: req.id,
      method: req.method,
      path: req.pathname,
      status: shown.status,
      code: shown.code,
    };
    if (shown.status >= 500) {
      // The message only: an error's detail quotes values of the row.
      const stack = shown.code === 'internal' ? error.stack : undefined;
      log.error(error.message, {
        ...fields,
        sqlstate: error === shown ? undefined : error.code,
        stack,
      });
    } else if (shown.status !== 404) {
      log.warn(shown.message, fields);
    }
    res.status(shown.status).set(shown.headers);
    return res.json({
      error: { code: shown.code, message: shown.message, fields: shown.fields, requestId: req.id },
    });
  };
}
