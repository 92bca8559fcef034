// The long form: node run.mjs INVOICES SEED
import { chaos } from './chaos.mjs';

const [invoices, seed] = process.argv.slice(2).map(Number);
// A service that is killed again and again is started later and later, so the pauses are long enough that something gets
// done between two blows.
const report = await chaos({
    invoices, seed, name: 'chaos_long', leastKills: 50, levelSeconds: 900, pauseMs: { least: 400, most: 2400 }, disturbanceMs: Infinity,
});
console.log(JSON.stringify(report, null, 2));
console.log('zero differences');
