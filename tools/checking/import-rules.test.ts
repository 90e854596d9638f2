import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasNoImportCycles } from './import-cycles.ts'
import { obeysImportTable } from './import-table.ts'
import { projectOfTexts, type Rule } from './project.ts'

const manifests = {
  'package.json': JSON.stringify({ name: 'cello', devDependencies: { 'fast-check': '4.0.0' } }),
  'packages/kit/package.json': JSON.stringify({ name: '@cello/kit', exports: { '.': './index.ts' } }),
  'packages/model/package.json': JSON.stringify({
    name: '@cello/model',
    exports: { '.': './index.ts' },
    dependencies: { '@cello/kit': '*', zod: '4.0.0' },
    devDependencies: { yaml: '2.0.0' },
  }),
  'packages/store/package.json': JSON.stringify({ name: '@cello/store', exports: { '.': './index.ts' } }),
  'packages/fabric/package.json': JSON.stringify({
    name: '@cello/fabric',
    exports: { '.': './index.ts', './codec': './codec/index.ts' },
  }),
  'apps/devnode/package.json': JSON.stringify({
    name: '@cello/devnode',
    dependencies: { '@cello/fabric': '*', '@cello/kit': '*' },
  }),
}

const messages = (rule: Rule, texts: Record<string, string>): string[] =>
  rule(projectOfTexts({ ...manifests, ...texts })).map(({ message }) => message)
const imports = (path: string, specifier: string, more: Record<string, string> = {}): string[] =>
  messages(obeysImportTable, { [path]: `import { a } from '${specifier}'`, ...more })

test('an import that the table allows is fine', () => {
  assert.deepEqual(imports('packages/model/a.ts', '@cello/kit'), [])
})

test('an import that the table does not allow is refused, types too', () => {
  const expected = ['packages/model may not import @cello/store (tools/imports.ts)']
  assert.deepEqual(imports('packages/model/a.ts', '@cello/store'), expected)
  assert.deepEqual(
    messages(obeysImportTable, { 'packages/model/a.ts': `import type { A } from '@cello/store'` }),
    expected,
  )
  assert.deepEqual(messages(obeysImportTable, { 'packages/model/a.ts': `await import('@cello/store')` }), expected)
  assert.deepEqual(
    messages(obeysImportTable, { 'packages/model/a.ts': `export type A = import('@cello/store').A` }),
    expected,
  )
})

test('the devnode reaches the codec of the Fabric library and nothing else of it', () => {
  assert.deepEqual(imports('apps/devnode/a.ts', '@cello/fabric/codec'), [])
  assert.deepEqual(imports('apps/devnode/a.ts', '@cello/fabric'), [
    'apps/devnode may not import @cello/fabric (tools/imports.ts)',
  ])
})

test('the insides of another workspace are closed', () => {
  assert.deepEqual(imports('packages/model/a.ts', '@cello/kit/clock.ts'), [
    '@cello/kit/clock.ts is no export of packages/kit/package.json',
  ])
  assert.deepEqual(imports('packages/model/a.ts', '../kit/clock.ts', { 'packages/kit/clock.ts': '' }), [
    '../kit/clock.ts leaves packages/model: import another workspace by its name',
  ])
})

test('a dependency must be declared, and one for tests stays in tests', () => {
  assert.deepEqual(imports('packages/model/a.ts', 'zod'), [])
  assert.deepEqual(imports('packages/model/a.ts', 'left-pad/x'), [
    'left-pad is not declared in packages/model/package.json',
  ])
  assert.deepEqual(imports('packages/model/a.ts', 'fast-check'), [
    'fast-check is not declared in packages/model/package.json',
  ])
  assert.deepEqual(imports('packages/model/a.test.ts', 'fast-check'), [])
  assert.deepEqual(imports('packages/model/a.ts', 'yaml'), [
    'yaml is a devDependency of packages/model, for tests alone',
  ])
  assert.deepEqual(imports('packages/model/testing/a.ts', 'yaml'), [])
})

test("Node's own modules are named with node:, and a file that is not there is missed", () => {
  assert.deepEqual(imports('packages/kit/a.ts', 'fs'), ['write node:fs'])
  assert.deepEqual(imports('packages/kit/a.ts', 'node:fs'), [])
  assert.deepEqual(imports('packages/kit/a.ts', './b.ts'), ['there is no file packages/kit/b.ts'])
})

test('files that import each other are found, however long the way', () => {
  const ring = {
    'packages/kit/a.ts': `import { b } from './b.ts'`,
    'packages/kit/b.ts': `import type { C } from './c.ts'`,
    'packages/kit/c.ts': `export * from './a.ts'`,
    'packages/kit/d.ts': `import { a } from './a.ts'`,
  }
  const found = messages(hasNoImportCycles, ring)
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /a\.ts.*b\.ts.*c\.ts/)
  assert.deepEqual(messages(hasNoImportCycles, { ...ring, 'packages/kit/c.ts': '' }), [])
})
