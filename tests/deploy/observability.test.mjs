// Alerts, objectives and dashboard: Prometheus takes them, each alert fires when it should and says what to do, and every
// metric in them is one that a service has.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'node:test';
import {require} from '../../deploy/k8s/policy/packages.mjs';

const YAML = require('yaml');
const repository = fileURLToPath(new URL('../..', import.meta.url));
const directory = `${repository}/deploy/observability`;
const read = (file) => readFileSync(`${directory}/${file}`, 'utf8');
const ruleFiles = ['alerts', 'objectives'];
const groups = ruleFiles.flatMap((file) => YAML.parse(read(`${file}.yml`)).groups);
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => rule.alert);
const runbooks = `${repository}/docs/operations/runbooks`;
const dashboard = JSON.parse(read('dashboard.json'));

// Names as they stand in the sources: each metric is named once, as a string.
const sources = execFileSync('grep', ['-rhoE', '"quittance_[a-z_]+"', `${repository}/libs`, `${repository}/services`], {encoding: 'utf8'});
const metrics = new Set(sources.split('\n').map((line) => line.replaceAll('"', '')));

function metricsIn(expression) {
  return (expression.match(/quittance_[a-z_]+/g) ?? []).map((name) => metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
}

test('promtool takes the rules and the scrape configuration', () => {
  for (const file of ruleFiles) execFileSync('promtool', ['check', 'rules', `${file}.yml`], {cwd: directory});
  execFileSync('promtool', ['check', 'config', 'prometheus.yml'], {cwd: directory});
  assert.deepEqual(YAML.parse(read('prometheus.yml')).rule_files, ruleFiles.map((file) => `${file}.yml`));
});

for (const file of ruleFiles)
  test(`each alert of ${file}.yml fires when it should, and is quiet when it should`, () => {
    execFileSync('promtool', ['test', 'rules', `${file}.test.yml`], {cwd: directory});
    const checks = YAML.parse(read(`${file}.test.yml`)).tests.flatMap((each) => each.alert_rule_test);
    const names = (wanted) => new Set(checks.filter(wanted).map((check) => check.alertname));
    const [fire, quiet] = [names((check) => check.exp_alerts.length > 0), names((check) => check.exp_alerts.length === 0)];
    for (const {alert} of YAML.parse(read(`${file}.yml`)).groups.flatMap((group) => group.rules).filter((rule) => rule.alert)) {
      assert.ok(fire.has(alert), `no test sees ${alert} fire`);
      assert.ok(quiet.has(alert), `no test sees ${alert} keep quiet`);
    }
  });

test('the operator gets the same rules', () => {
  const rule = YAML.parse(readFileSync(`${repository}/deploy/k8s/components/prometheus-operator/rules.yaml`, 'utf8'));
  assert.deepEqual(rule.spec.groups, groups);
  execFileSync(`${directory}/generate_operator_rules`, ['--check'], {stdio: ['ignore', 'inherit', 'inherit']});
});

test('every alert says how bad it is, what to do, and on which page more is', () => {
  const pages = new Map(readdirSync(runbooks).map((page) => [page, readFileSync(`${runbooks}/${page}`, 'utf8')]));
  const index = pages.get('README.md');
  const used = new Set(['README.md']);
  for (const {alert, labels, annotations} of alerts) {
    assert.match(labels.severity, /^(page|ticket)$/, alert);
    assert.ok(annotations.summary, alert);
    assert.ok(annotations.description?.length > 40, `${alert} has no description`);
    const [, page] = /^https:\/\/quittance\.example\/docs\/operations\/runbooks\/([a-z-]+\.md)$/.exec(annotations.runbook_url) ?? [];
    assert.ok(pages.has(page), `${alert}: no page ${annotations.runbook_url}`);
    used.add(page);
    assert.ok(pages.get(page).includes(`\`${alert}\``) || pages.get(page).includes(`\`…${alert.replace(/^[A-Z][a-z]+Budget/, '')}\``), `${page} does not name ${alert}`);
    assert.ok(index.split('\n').some((line) => line.includes(`\`${alert}\``) && line.includes(`(${page})`)), `the index does not lead from ${alert} to ${page}`);
  }
  assert.deepEqual([...pages.keys()].filter((page) => !used.has(page)), [], 'no alert leads to these pages');
  for (const [page, text] of pages)
    if (page !== 'README.md')
      assert.deepEqual([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading), ['What it means', 'Look', 'Do', 'It is over when'], page);
});

test('every metric in the alerts and on the dashboard is one that a service has', () => {
  const expressions = [
    ...rules.map((rule) => rule.expr),
    ...dashboard.panels.flatMap((panel) => panel.targets ?? []).map((target) => target.expr),
  ];
  const used = expressions.flatMap(metricsIn);
  assert.ok(used.length > 40);
  assert.deepEqual([...new Set(used)].filter((name) => !metrics.has(name)), []);
});

test('the dashboard has panels with queries, each in its own place', () => {
  const ids = dashboard.panels.map((panel) => panel.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const panel of dashboard.panels.filter((each) => each.type !== 'row')) assert.ok(panel.targets.length > 0, panel.title);
});

test('the dashboard\'s queries are PromQL', () => {
  // promtool reads expressions in rules only: each becomes one, with Grafana's interval filled in.
  const rules = dashboard.panels.flatMap((panel) => panel.targets ?? [])
    .map(({expr}, index) => ({record: `panel_${index}`, expr: expr.replaceAll('$__rate_interval', '1m')}));
  const scratch = mkdtempSync(path.join(tmpdir(), 'quittance-dashboard-'));
  try {
    writeFileSync(path.join(scratch, 'rules.yml'), YAML.stringify({groups: [{name: 'dashboard', rules}]}));
    execFileSync('promtool', ['check', 'rules', path.join(scratch, 'rules.yml')]);
  } finally {
    rmSync(scratch, {recursive: true});
  }
});
