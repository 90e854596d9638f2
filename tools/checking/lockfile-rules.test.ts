import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completed, type Lockfile, missingEntries } from '../lockfile.ts'
import { keepsLockfileSound, pinsVersions } from './lockfile-rules.ts'
import { projectOfTexts } from './project.ts'

const findings = (packages: Lockfile['packages']): string[] =>
  keepsLockfileSound(projectOfTexts({ 'package-lock.json': JSON.stringify({ packages }) })).map(
    ({ message }) => message,
  )

test('two copies of google-protobuf are refused, of one version even', () => {
  const one = { 'node_modules/google-protobuf': { version: '3.21.4' } }
  assert.deepEqual(findings(one), [])
  assert.equal(findings({ ...one, 'node_modules/x/node_modules/google-protobuf': { version: '3.21.4' } }).length, 1)
})

test('a lockfile names no registry, our own folders are fine', () => {
  assert.deepEqual(findings({ 'node_modules/@cello/kit': { resolved: 'packages/kit', link: true } }), [])
  assert.equal(findings({ 'node_modules/a': { version: '1.0.0', resolved: 'https://example.org/a.tgz' } }).length, 1)
})

test('optional packages that a mirror did not hold are completed, so that npm ci takes the lockfile', () => {
  const tool = {
    version: '1.0.0',
    dev: true,
    optionalDependencies: { '@a/linux-x64-musl': '1.0.0', '@a/win32-arm64': '1.0.0' },
  }
  const lockfile = {
    packages: { '': {}, 'node_modules/tool': tool, 'node_modules/@a/win32-arm64': { version: '1.0.0' } },
  }
  assert.equal(findings(lockfile.packages).length, 1)
  const added = completed(lockfile).packages['node_modules/@a/linux-x64-musl']
  assert.deepEqual(added, { version: '1.0.0', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] })
  assert.equal(missingEntries(completed(lockfile)).size, 0)
})

test('a package found beside the one that asks is not missing', () => {
  const asks = { version: '1.0.0', optionalDependencies: { 'b-linux-x64': '1.0.0' } }
  const packages = { 'node_modules/a': asks, 'node_modules/a/node_modules/b-linux-x64': { version: '1.0.0' } }
  assert.equal(missingEntries({ packages }).size, 0)
})

test('versions are pinned', () => {
  const versionsOf = (dependencies: Record<string, string>): number =>
    pinsVersions(projectOfTexts({ 'package.json': JSON.stringify({ dependencies }) })).length
  assert.equal(versionsOf({ a: '1.2.3', b: 'npm:c@1.2.3', '@cello/kit': '*' }), 0)
  assert.equal(versionsOf({ a: '^1.2.3', b: 'latest', '@cello/kit': '1.0.0' }), 3)
})
