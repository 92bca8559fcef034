// The stack's database, asked through psql.
import { execFile } from 'node:child_process';

// Rows as objects, in the order of the query.
export function rowsOf(env, query) {
    const statement = `SELECT coalesce(json_agg(row), '[]') FROM (${query}) row`;
    return new Promise((resolve, reject) => {
        execFile('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', statement, env.DATABASE_URL],
            { maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
                if (error) reject(new Error(`psql: ${stderr.trim() || error.message}`));
                else resolve(JSON.parse(stdout));
            });
    });
}
