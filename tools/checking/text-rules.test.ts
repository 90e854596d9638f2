import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolvesLinks } from './doc-links.ts'
import { projectOfTexts, type Rule } from './project.ts'
import { holdsNoSecrets, namesNoMachine, todosHaveIssues } from './text-rules.ts'

const count = (rule: Rule, texts: Record<string, string>): number => rule(projectOfTexts(texts)).length

// Put together here, so that this file does not break the rules that it tests.
const joined = (...parts: readonly string[]): string => parts.join('')
const todo = joined('TO', 'DO')
const body = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg'
const key = (kind: string, glue: string): string => `-----BEGIN ${kind}PRIVATE KEY-----${glue}${body}`

test('a thing to do names its issue', () => {
  assert.equal(count(todosHaveIssues, { 'a.ts': `// ${todo}: later` }), 1)
  assert.equal(count(todosHaveIssues, { 'a.ts': `// ${todo}(#12): later` }), 0)
})

test('paths and registries of one machine are refused', () => {
  const bad = [
    joined('/ro', 'ot/x'),
    joined('/ho', 'me/ann/x'),
    joined('https://registry.', 'npmjs.org/x'),
    joined('/wo', 'rk/main/a'),
  ]
  for (const text of bad) assert.equal(count(namesNoMachine, { 'a.md': text }), 1, text)
  for (const text of ['/root', '~/.cache/cello', 'network/main/x', 'homework/maintain']) {
    assert.equal(count(namesNoMachine, { 'a.md': text }), 0, text)
  }
})

test('a private key is refused, as a file and as a string in a source', () => {
  for (const text of [key('', '\n'), key('EC ', '\n'), `'${key('', '\\n')}'`]) {
    assert.equal(count(holdsNoSecrets, { 'x/a': text }), 1, text)
  }
  assert.equal(count(holdsNoSecrets, { 'x/a.ts': `text.includes('-----BEGIN PRIVATE KEY-----')` }), 0)
})

test('a throw-away key is fine below a README that says so', () => {
  const texts = {
    'test/vectors/identity/key.pem': key('', '\n'),
    'test/vectors/README.md': 'Throw-away keys, for tests.',
  }
  assert.equal(count(holdsNoSecrets, texts), 0)
  assert.equal(count(holdsNoSecrets, { ...texts, 'test/vectors/README.md': 'Vectors.' }), 1)
})

test('links lead to files, folders and headings that are there', () => {
  const pages = { 'docs/b.md': '# A title, twice\n## A title, twice', 'src/x/y.ts': '' }
  const page = (link: string) => ({ ...pages, 'docs/a.md': `See [it](${link}).` })
  for (const link of ['b.md', './b.md#a-title-twice', 'b.md#a-title-twice-1', '../src/x', 'https://example.org/none']) {
    assert.equal(count(resolvesLinks, page(link)), 0, link)
  }
  for (const link of ['c.md', 'b.md#nothing', '../src/z', '#nothing']) {
    assert.equal(count(resolvesLinks, page(link)), 1, link)
  }
})

test('what stands in code is no link', () => {
  const text = ['```', '[a](nowhere.md)', '```', '`[a](nowhere.md)`'].join('\n')
  assert.equal(count(resolvesLinks, { 'a.md': text }), 0)
})
