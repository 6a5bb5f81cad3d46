// npm test: one cluster, the real service, and these suites one after the other.
import './suites/database.mjs';
import './suites/before-migrations.mjs';
import './suites/endpoints.mjs';
import './suites/faults.mjs';
import './suites/limits.mjs';
import './suites/process.mjs';
