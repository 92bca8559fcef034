// The long form: node run.mjs INVOICES SEED
import { chaos } from './chaos.mjs';

const [invoices, seed] = process.argv.slice(2).map(Number);
const report = await chaos({ invoices, seed, name: 'chaos_long', leastKills: 50, levelSeconds: 900 });
console.log(JSON.stringify(report, null, 2));
console.log('zero differences');
