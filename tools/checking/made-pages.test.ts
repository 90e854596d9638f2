import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCatalogue, operationMoves } from '@cello/model'
import { madePages } from '../pages/pages.ts'
import { keepsMadePages } from './made-pages.ts'
import { projectOfTexts } from './project.ts'

const pages = Object.fromEntries(Object.entries(madePages).map(([path, make]) => [path, make()]))
const findings = (texts: Record<string, string>): number => keepsMadePages(projectOfTexts(texts)).length

test('pages as the code makes them pass', () => {
  assert.equal(findings(pages), 0)
})

test('an error that the page lacks, and one that the catalogue lacks, are both found', () => {
  const page = pages['docs/errors.md'] ?? ''
  assert.equal(findings({ ...pages, 'docs/errors.md': page.replace('## NOT_FOUND\n', '') }), 1)
  assert.equal(findings({ ...pages, 'docs/errors.md': `${page}\n## NO_SUCH_CODE\n` }), 1)
  const { 'docs/errors.md': _missing, ...others } = pages
  assert.equal(findings(others), 1)
})

test('every code and every move is on its page', () => {
  const codes = [...(pages['docs/errors.md'] ?? '').matchAll(/^## (\w+)$/gm)].map(([, code]) => code)
  assert.deepEqual(codes, Object.keys(errorCatalogue))
  const moves = [...(pages['docs/states.md'] ?? '').matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(
    ([, from, to]) => `${from} ${to}`,
  )
  assert.deepEqual(
    moves,
    Object.entries(operationMoves).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`)),
  )
})
