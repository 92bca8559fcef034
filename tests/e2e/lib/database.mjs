// The stack's database, asked through psql as the role that may do everything, where the stack has one.
import { execFile } from 'node:child_process';

function psql(env, statement) {
    return new Promise((resolve, reject) => {
        execFile('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', statement, env.DATABASE_ADMIN_URL || env.DATABASE_URL],
            { maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
                if (error) reject(new Error(`psql: ${stderr.trim() || error.message}`));
                else resolve(stdout);
            });
    });
}

// Rows as objects, in the order of the query.
export async function rowsOf(env, query) {
    return JSON.parse(await psql(env, `SELECT coalesce(json_agg(row), '[]') FROM (${query}) row`));
}

// Runs a statement that changes rows, behind the store's back.
export async function changeRows(env, statement) {
    await psql(env, statement);
}
