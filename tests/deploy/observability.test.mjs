// Alerts and dashboard: Prometheus takes them, each alert fires when it should, and every metric in them is one that a
// service has.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'node:test';
import {require} from '../../deploy/k8s/policy/packages.mjs';

const YAML = require('yaml');
const repository = fileURLToPath(new URL('../..', import.meta.url));
const directory = `${repository}/deploy/observability`;
const read = (file) => readFileSync(`${directory}/${file}`, 'utf8');
const alerts = YAML.parse(read('alerts.yml'));
const dashboard = JSON.parse(read('dashboard.json'));

// Names as they stand in the sources: each metric is named once, as a string.
const sources = execFileSync('grep', ['-rhoE', '"quittance_[a-z_]+"', `${repository}/libs`, `${repository}/services`], {encoding: 'utf8'});
const metrics = new Set(sources.split('\n').map((line) => line.replaceAll('"', '')));

function metricsIn(expression) {
  return (expression.match(/quittance_[a-z_]+/g) ?? []).map((name) => metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
}

test('promtool takes the rules and the scrape configuration', () => {
  execFileSync('promtool', ['check', 'rules', 'alerts.yml'], {cwd: directory});
  execFileSync('promtool', ['check', 'config', 'prometheus.yml'], {cwd: directory});
});

test('each alert fires when it should, and a healthy system is quiet', () => {
  execFileSync('promtool', ['test', 'rules', 'alerts.test.yml'], {cwd: directory});
  const tested = new Set(YAML.parse(read('alerts.test.yml')).tests.map((each) => each.name));
  for (const {alert} of alerts.groups.flatMap((group) => group.rules)) assert.ok(tested.has(alert), `nobody sees ${alert} fire`);
});

test('the operator gets the same alerts', () => {
  const rule = YAML.parse(readFileSync(`${repository}/deploy/k8s/components/prometheus-operator/rules.yaml`, 'utf8'));
  assert.deepEqual(rule.spec.groups, alerts.groups);
});

test('every alert says what it means and how bad it is', () => {
  for (const {alert, labels, annotations} of alerts.groups.flatMap((group) => group.rules)) {
    assert.match(labels.severity, /^(page|ticket)$/, alert);
    assert.ok(annotations.summary, alert);
  }
});

test('every metric in the alerts and on the dashboard is one that a service has', () => {
  const expressions = [
    ...alerts.groups.flatMap((group) => group.rules).map((rule) => rule.expr),
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
