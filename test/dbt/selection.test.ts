import { describe, expect, it } from 'vitest';
import { listArguments, ofKind, parseArguments, selectsNodes } from '../../src/dbt/selection.ts';
import { command } from '../support/dbt.ts';

const IDS = [
  'model.p.a',
  'test.p.t',
  'unit_test.p.u',
  'seed.p.s',
  'snapshot.p.h',
  'source.p.x.y',
  'exposure.p.e',
  'metric.p.m',
  'analysis.p.q',
];

describe('listArguments', () => {
  it.each([
    ['build', []],
    ['build -s a b --exclude c -x', ['--select', 'a', 'b', '--exclude', 'c']],
    ['run --models a -s=', null],
    ['run -m a --full-refresh --threads 4', ['--select', 'a']],
    ['test --select=a b --select c', ['--select', 'a', 'b', 'c']],
    ['build --selector nightly --state x --defer', ['--selector=nightly', '--state=x', '--defer']],
    [`build --vars 'a: 1' --indirect-selection=cautious`, ['--indirect-selection=cautious', '--vars=a: 1']],
  ])('takes the selection of %j and nothing else', (text, expected) => {
    if (expected === null) return expect(() => command(text)).toThrow();
    expect(listArguments(command(text))).toEqual(['--resource-type', 'all', ...expected]);
  });
});

it.each(['--models', '--model', '-m', '-s', '--select'])(
  'FF-A23 %s selects in `dbt ls` what it selects in the command',
  (option) => {
    for (const text of [`run ${option} a b`, `build --exclude c ${option} a b --threads 2`]) {
      expect(listArguments(command(text))).toEqual(expect.arrayContaining(['--select', 'a', 'b']));
    }
    if (option.startsWith('--')) expect(listArguments(command(`run ${option}=a`))).toContain('a');
  },
);

describe('ofKind', () => {
  it.each([
    ['build', ['model.p.a', 'test.p.t', 'unit_test.p.u', 'seed.p.s', 'snapshot.p.h', 'exposure.p.e']],
    ['run', ['model.p.a']],
    ['test', ['test.p.t', 'unit_test.p.u']],
    ['test --resource-type unit_test', ['unit_test.p.u']],
    [
      'build --exclude-resource-types data_test unit_test exposure',
      ['model.p.a', 'seed.p.s', 'snapshot.p.h'],
    ],
    [
      'build --resource-types "model seed" --resource-type=snapshot',
      ['model.p.a', 'seed.p.s', 'snapshot.p.h'],
    ],
    [
      'build --resource-type all',
      ['model.p.a', 'test.p.t', 'unit_test.p.u', 'seed.p.s', 'snapshot.p.h', 'exposure.p.e'],
    ],
    ['source freshness', ['source.p.x.y']],
    ['compile', ['model.p.a', 'test.p.t', 'seed.p.s', 'snapshot.p.h', 'analysis.p.q']],
  ])('keeps what %j works on', (text, expected) => {
    expect(ofKind(command(text), IDS)).toEqual(expected);
  });
});

it('selectsNodes tells commands with a selection from those without', () => {
  expect(
    ['build', 'run', 'docs generate', 'source freshness'].map((text) => selectsNodes(command(text))),
  ).not.toContain(false);
  expect(['deps', 'parse', 'ls', 'run-operation x'].map((text) => selectsNodes(command(text)))).not.toContain(
    true,
  );
});

it('parseArguments are the options that make another project of the same files', () => {
  expect(parseArguments(command(`build -s x --vars 'a: 1' --warn-error`))).toEqual([
    '--vars=a: 1',
    '--warn-error',
  ]);
  expect(parseArguments(command('build -s x --threads 2'))).toEqual([]);
});
