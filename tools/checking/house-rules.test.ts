import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentsPublicFunctions } from './doc-comments.ts'
import {
  decodesByTheCodec,
  exitsInMainsOnly,
  namesFilesWell,
  readsEnvironmentOnce,
  startsNoShell,
} from './house-rules.ts'
import { projectOfTexts, type Rule } from './project.ts'

const count = (rule: Rule, texts: Record<string, string>): number => rule(projectOfTexts(texts)).length
const ofFile = (rule: Rule, path: string, text: string): number => count(rule, { [path]: text })

test('a shell string is refused in each of its forms', () => {
  const bad = [
    `import { exec } from 'node:child_process'`,
    `import { execSync as run } from 'node:child_process'`,
    `import cp from 'node:child_process'; cp.execSync('ls')`,
    `import { spawn } from 'node:child_process'; spawn('ls', [], { shell: true })`,
    `import { spawn } from 'node:child_process'; spawn('ls', [], { shell: '/bin/sh' })`,
  ]
  for (const text of bad) assert.equal(ofFile(startsNoShell, 'packages/kit/a.ts', text), 1, text)
})

test('programs started with arrays, and exec of a regular expression, are fine', () => {
  const good = [
    `import { execFile } from 'node:child_process'; execFile('ls', [])`,
    `import { spawn } from 'node:child_process'; spawn('ls', [], { shell: false }); /a/.exec('a')`,
    `database.exec('select 1')`,
  ]
  for (const text of good) assert.equal(ofFile(startsNoShell, 'packages/kit/a.ts', text), 0, text)
})

test('the environment is read in the config or main of an app, and in tests', () => {
  const text = 'const home = process.env.HOME'
  assert.equal(ofFile(readsEnvironmentOnce, 'packages/kit/a.ts', text), 1)
  assert.equal(ofFile(readsEnvironmentOnce, 'apps/server/http/a.ts', text), 1)
  for (const path of ['apps/server/config.ts', 'apps/cli/main.ts', 'packages/kit/a.test.ts', 'test/a.ts']) {
    assert.equal(ofFile(readsEnvironmentOnce, path, text), 0, path)
  }
})

test('what every terminal program heeds may be read where text is coloured', () => {
  const path = 'apps/cli/output/paint.ts'
  assert.equal(ofFile(readsEnvironmentOnce, path, 'const { NO_COLOR, TERM } = process.env'), 0)
  assert.equal(ofFile(readsEnvironmentOnce, path, 'process.env.NO_COLOR'), 0)
  assert.equal(ofFile(readsEnvironmentOnce, path, 'const { NO_COLOR, HOME } = process.env'), 1)
})

test('only a main ends the process', () => {
  assert.equal(ofFile(exitsInMainsOnly, 'packages/kit/a.ts', 'process.exit(1)'), 1)
  assert.equal(ofFile(exitsInMainsOnly, 'packages/kit/a.ts', 'process.exitCode = 1'), 0)
  assert.equal(ofFile(exitsInMainsOnly, 'apps/server/main.ts', 'process.exit(1)'), 0)
})

test('only the codec has generated classes decode, and tests', () => {
  const text = 'common.Block.deserializeBinary(bytes)'
  assert.equal(ofFile(decodesByTheCodec, 'packages/fabric/peers/ledger.ts', text), 1)
  assert.equal(ofFile(decodesByTheCodec, 'apps/devnode/deliver/stream.ts', text), 1)
  assert.equal(ofFile(decodesByTheCodec, 'packages/fabric/peers/ledger.ts', 'decode(common.Block, bytes)'), 0)
  for (const path of [
    'packages/fabric/codec/decode.ts',
    'packages/fabric/config/a.test.ts',
    'test/devnode/a.ts',
    'apps/server/a.cjs',
  ]) {
    assert.equal(ofFile(decodesByTheCodec, path, text), 0, path)
  }
})

test('file names are kebab-case and say what they are for', () => {
  for (const path of ['packages/kit/fooBar.ts', 'packages/kit/string-utils.ts', 'packages/kit/helpers.test.ts']) {
    assert.equal(ofFile(namesFilesWell, path, ''), 1, path)
  }
  assert.equal(ofFile(namesFilesWell, 'packages/kit/real-node.test.ts', ''), 0)
})

test('a public function without a doc comment is found through re-exports', () => {
  const texts = {
    'packages/kit/index.ts': `export { plain, said } from './a.ts'\nexport * from './b.ts'\nexport type { T } from './c.ts'`,
    'packages/kit/a.ts': `export function plain() {}\n/** Says. */\nexport function said() {}\nexport function inner() {}`,
    'packages/kit/b.ts': `export const arrow = () => 1\nexport const value = 1`,
    'packages/kit/c.ts': 'export type T = 1',
  }
  const found = documentsPublicFunctions(projectOfTexts(texts)).map(({ message }) => message.split(' ')[0])
  assert.deepEqual(found.toSorted(), ['arrow', 'plain'])
})

test('of overloads one doc comment is enough', () => {
  const text = `/** Says. */\nexport function a(x: 1): 1\nexport function a(x: 2): 2\nexport function a(x: number) { return x }`
  assert.equal(ofFile(documentsPublicFunctions, 'packages/kit/index.ts', text), 0)
})
