import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { blockDataHash } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { blockRecord, openBlockFile } from './block-file.ts'
import { readBlockParts } from './block-parts.ts'
import { fileLedgers } from './file-ledgers.ts'

/** A chain of small blocks. */
function chain(length: number): Uint8Array[] {
  const blocks: Uint8Array[] = []
  let previous = new Uint8Array()
  for (let number = 0; number < length; number++) {
    const block = new common.Block()
    const header = new common.BlockHeader()
    const data = new common.BlockData()
    data.setDataList([Buffer.from(`envelope ${number}`)])
    header.setNumber(number)
    header.setPreviousHash(previous)
    header.setDataHash(blockDataHash(data.getDataList_asU8()))
    block.setHeader(header)
    block.setData(data)
    blocks.push(block.serializeBinary())
    previous = new Uint8Array(readBlockParts(block.serializeBinary()).hash)
  }
  return blocks
}

function folder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'cello-blocks-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

test('a file cut at any byte opens with every whole block, and goes on from there', async () => {
  using place = folder()
  const blocks = chain(3)
  const path = join(place.path, 'blocks')
  const whole = Buffer.concat(blocks.map(blockRecord))
  const ends = blocks.map((_, index) => Buffer.concat(blocks.slice(0, index + 1).map(blockRecord)).length)
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length))
    await using store = await openBlockFile(path)
    const kept = ends.filter((end) => end <= length).length
    assert.equal(store.height, kept, `cut at ${length}`)
    const next = blocks[kept]
    if (next) await store.append(next)
    assert.equal(statSync(path).size, ends[Math.min(kept, 2)], `cut at ${length}`)
  }
})

test('a torn last block of the right length is cut off; zeros too', async () => {
  using place = folder()
  const [first = new Uint8Array(), second = new Uint8Array()] = chain(2)
  const path = join(place.path, 'blocks')
  const torn = blockRecord(second)
  torn.fill(0, torn.length - 5)
  for (const tail of [torn, Buffer.alloc(500)]) {
    writeFileSync(path, blockRecord(first))
    appendFileSync(path, tail)
    await using store = await openBlockFile(path)
    assert.equal(store.height, 1)
  }
})

test('a bit flipped before the last block stops the start and names the place', async () => {
  using place = folder()
  const path = join(place.path, 'blocks')
  const whole = Buffer.concat(chain(3).map(blockRecord))
  const early = Buffer.from(whole)
  early[20] = (early[20] ?? 0) ^ 1
  writeFileSync(path, early)
  await assert.rejects(openBlockFile(path), /is damaged at byte 0/)
  assert.deepEqual(readFileSync(path), early, 'nothing is cut off')
})

test('blocks that make no chain stop the start', async () => {
  using place = folder()
  const path = join(place.path, 'blocks')
  const [first = new Uint8Array(), , third = new Uint8Array()] = chain(3)
  writeFileSync(path, Buffer.concat([first, third].map(blockRecord)))
  await assert.rejects(openBlockFile(path), /damaged at block 1: block 2 lies where block 1 belongs/)
})

test('channels are there whole or not at all, and gone once they are removed', async () => {
  using place = folder()
  const ledgers = fileLedgers(place.path)
  const [first = new Uint8Array()] = chain(1)
  await (await ledgers.create('kept', first))[Symbol.asyncDispose]()
  await (await ledgers.create('left', first))[Symbol.asyncDispose]()
  await ledgers.remove('left')
  await ledgers.joins.save('late', first)
  const again = fileLedgers(place.path)
  const found = await again.open()
  assert.deepEqual([...found.keys()], ['kept'])
  assert.deepEqual([...(await again.joins.list()).keys()], ['late'])
  for (const store of found.values()) {
    assert.deepEqual(new Uint8Array(await store.read(0)), first)
    await assert.rejects(store.read(1), RangeError)
    await store[Symbol.asyncDispose]()
  }
})
