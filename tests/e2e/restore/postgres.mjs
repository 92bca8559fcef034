// The private PostgreSQL of a stack, backed up, lost and put back with PostgreSQL's own tools. They run as the user who
// owns the data, as deploy/local/lib/postgres.sh starts the server.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { rowsOf } from '../lib/database.mjs';
import { until } from '../lib/wait.mjs';

const bin = '/usr/lib/postgresql/15/bin';
const owner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

function run(...command) {
    const [program, ...args] = [...owner, ...command];
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
        let told = '';
        child.stdout.on('data', (data) => (told += data));
        child.stderr.on('data', (data) => (told += data));
        child.on('error', reject);
        child.on('close', (code) => (code === 0 ? resolve(told) : reject(new Error(`${command[0]} ended with ${code}: ${told}`))));
    });
}

const tool = (name, ...args) => run(path.join(bin, name), ...args);

export class Postgres {
    constructor(stack) {
        this.stack = stack;
        this.url = stack.env.DATABASE_ADMIN_URL;
        this.ownerUrl = stack.env.DATABASE_OWNER_URL;
        this.home = readFileSync(path.join(stack.directory, 'run/postgres.home'), 'utf8').trim();
        this.data = path.join(this.home, 'data');
        this.archive = path.join(this.home, 'archive');
    }

    sql(statement) {
        return tool('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', statement, this.url);
    }

    // Archiving begins with the server's next start.
    async archiveWal() {
        await run('mkdir', this.archive);
        await this.sql("ALTER SYSTEM SET archive_mode = 'on'");
        await this.sql(`ALTER SYSTEM SET archive_command = 'test ! -f ${this.archive}/%f && cp %p ${this.archive}/%f'`);
        process.kill(await this.stack.pid('postgres'), 'SIGINT');
        await until('PostgreSQL archives', async () =>
            (await rowsOf(this.stack.env, "SELECT current_setting('archive_mode') AS mode"))[0].mode === 'on');
    }

    // A name to restore to, and all that came before it in the archive.
    async markPoint(name) {
        const [{ file }] = await rowsOf(this.stack.env, `SELECT pg_walfile_name(pg_create_restore_point('${name}')) AS file`);
        await this.sql('SELECT pg_switch_wal()');
        await until('the point is in the archive', async () =>
            (await rowsOf(this.stack.env, `SELECT coalesce(last_archived_wal >= '${file}', false) AS done FROM pg_stat_archiver`))[0].done);
    }

    async baseBackup(name) {
        const target = path.join(this.home, name);
        await tool('pg_basebackup', '-D', target, '-X', 'stream', '-c', 'fast', '-d', this.url);
        await tool('pg_verifybackup', target);
        return target;
    }

    async dump(name) {
        const file = path.join(this.home, name);
        await tool('pg_dump', '-Fc', '-f', file, this.url);
        return file;
    }

    // The server dies, and its data with it.
    async lose() {
        const inState = (id, state) => readFileSync(`/proc/${id}/stat`, 'utf8').includes(`) ${state} `);
        const supervisor = this.stack.supervisorPid('postgres');
        process.kill(supervisor, 'SIGSTOP'); // nobody starts it again
        await until('the supervisor stands still', () => inState(supervisor, 'T'));
        const pid = await this.stack.pid('postgres');
        process.kill(pid, 'SIGKILL');
        await until('PostgreSQL is dead', () => inState(pid, 'Z'));
        rmSync(this.data, { recursive: true, maxRetries: 10 }); // its children may write a last word
    }

    // A server on a base backup, with `point` gone on through the archive to that name. It archives no more: the old
    // archive is of another history.
    async putBack(backup, point) {
        await run('cp', '-a', backup, this.data);
        const settings = ["archive_mode = 'off'"];
        if (point) {
            await run('touch', path.join(this.data, 'recovery.signal'));
            settings.push(`restore_command = 'cp ${this.archive}/%f %p'`, `recovery_target_name = '${point}'`,
                "recovery_target_action = 'promote'");
        }
        appendFileSync(path.join(this.data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
        process.kill(this.stack.supervisorPid('postgres'), 'SIGCONT');
        await until('PostgreSQL takes writes', async () =>
            (await rowsOf(this.stack.env, 'SELECT pg_is_in_recovery() AS recovering'))[0].recovering === false);
    }

    // A dump read into a database of its own on any server.
    async readDump(file) {
        const maintenance = this.url.replace(/\/[^/]*$/, '/postgres');
        await tool('dropdb', '--force', '--maintenance-db', maintenance, 'quittance');
        await tool('createdb', '--maintenance-db', maintenance, '--owner', 'quittance_owner', 'quittance');
        await tool('pg_restore', '--exit-on-error', '--no-owner', '-d', this.ownerUrl, file);
        await tool('vacuumdb', '--analyze-only', '-q', '-d', this.url);
    }
}
