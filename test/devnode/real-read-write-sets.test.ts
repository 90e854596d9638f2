import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realFabric } from '@cello/fabric/testing/real-fabric'

const file = new URL('../vectors/devnode/read-write-sets.json', import.meta.url)
const recorded: { readonly encoded: readonly { name: string; type: string; json: object; hex: string }[] } = JSON.parse(
  readFileSync(file, 'utf8'),
)
const fabric = realFabric('3.1.5', ['configtxlator'])

test('the recorded read-write sets are those that Fabric encodes', { skip: fabric.skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'devnode-sets-'))
  const [input, output] = [join(folder, 'in.json'), join(folder, 'out')]
  try {
    for (const { name, type, json, hex } of recorded.encoded) {
      writeFileSync(input, JSON.stringify(json))
      const files = ['--input', input, '--output', output]
      execFileSync(fabric.program('configtxlator'), ['proto_encode', '--type', type, ...files])
      assert.equal(readFileSync(output).toString('hex'), hex, name)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
