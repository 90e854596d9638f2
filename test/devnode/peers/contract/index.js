'use strict'

const shim = require('fabric-shim')

/**
 * A contract that does what it is told: `run` takes a JSON list of steps, each a list of a name and texts, and answers with
 * the list of their results. The first step that refuses ends the call.
 */
const text = (bytes) => Buffer.from(bytes).toString('utf8')

async function all(iterable, of) {
  const found = []
  for await (const entry of iterable) found.push(of(entry))
  return found
}

const entry = ({ key, value }) => [key, text(value)]

async function page(answer) {
  const { iterator, metadata } = await answer
  const found = []
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) found.push(entry(next.value))
  await iterator.close()
  return { found, count: metadata.fetchedRecordsCount, bookmark: metadata.bookmark }
}

const steps = {
  put: (stub, key, value) => stub.putState(key, Buffer.from(value)),
  get: async (stub, key) => text(await stub.getState(key)),
  del: (stub, key) => stub.deleteState(key),
  large: (stub, key, size) => stub.putState(key, Buffer.alloc(Number(size), 'x')),
  many: async (stub, prefix, count) => {
    for (let index = 0; index < Number(count); index++)
      await stub.putState(`${prefix}${String(index).padStart(3, '0')}`, Buffer.from(String(index)))
  },
  range: (stub, start, end) => all(stub.getStateByRange(start, end), entry),
  /** Reads only so many of the range. */
  some: async (stub, start, end, count) => {
    const iterator = await stub.getStateByRange(start, end)
    const found = []
    for (let index = 0; index < Number(count); index++) found.push(entry((await iterator.next()).value))
    await iterator.close()
    return found
  },
  page: (stub, ...[start, end, size, bookmark]) =>
    page(stub.getStateByRangeWithPagination(start, end, Number(size), bookmark)),
  pair: (stub, ...[type, first, second, value]) =>
    stub.putState(stub.createCompositeKey(type, [first, second]), Buffer.from(value)),
  pairs: (stub, type, ...parts) =>
    all(stub.getStateByPartialCompositeKey(type, parts), ({ key, value }) => [
      stub.splitCompositeKey(key),
      text(value),
    ]),
  pairPage: (stub, ...[type, size, bookmark, ...parts]) =>
    page(stub.getStateByPartialCompositeKeyWithPagination(type, parts, Number(size), bookmark)),
  query: (stub, selector) => all(stub.getQueryResult(selector), entry),
  history: (stub, key) =>
    all(stub.getHistoryForKey(key), ({ isDelete, value, txId, timestamp }) => ({
      isDelete,
      value: text(value),
      hasId: txId.length === 64,
      hasTime: Number(timestamp.seconds) > 1_500_000_000,
    })),
  event: (stub, name, payload) => stub.setEvent(name, Buffer.from(payload)),
  putPrivate: (stub, collection, key, value) => stub.putPrivateData(collection, key, Buffer.from(value)),
  getPrivate: async (stub, collection, key) => text(await stub.getPrivateData(collection, key)),
  hashPrivate: async (stub, collection, key) => {
    const hash = Buffer.from(await stub.getPrivateDataHash(collection, key)).toString('hex')
    return hash === '' ? '' : `sha256_${hash}`
  },
  delPrivate: (stub, collection, key) => stub.deletePrivateData(collection, key),
  purgePrivate: (stub, collection, key) => stub.purgePrivateData(collection, key),
  rangePrivate: (stub, collection, start, end) => all(stub.getPrivateDataByRange(collection, start, end), entry),
  setPolicy: (stub, key, ...peers) => {
    const policy = new shim.KeyEndorsementPolicy()
    policy.addOrgs('PEER', ...peers)
    return stub.setStateValidationParameter(key, policy.getPolicy())
  },
  policy: async (stub, key) => ((await stub.getStateValidationParameter(key)) ?? '').length > 0,
  call: async (stub, contract, channel, ...args) => {
    const { status, message, payload } = await stub.invokeChaincode(contract, args, channel)
    return { status, message, payload: text(payload) }
  },
  transient: (stub) => Object.fromEntries([...stub.getTransient()].map(([key, value]) => [key, text(value)]).sort()),
  creator: (stub) => {
    const identity = new shim.ClientIdentity(stub)
    return { mspId: identity.getMSPID(), colour: identity.getAttributeValue('colour'), id: identity.getID() }
  },
  facts: (stub) => ({
    channel: stub.getChannelID(),
    hasTime: Number(stub.getTxTimestamp().seconds) > 1_500_000_000,
    hasId: stub.getTxID().length === 64,
    hasBinding: stub.getBinding().length,
  }),
  throw: (_stub, said) => {
    throw new Error(said)
  },
  hang: () => {
    process.stdout.write('hangs\n')
    return new Promise(() => undefined)
  },
}

async function run(stub, list) {
  const results = []
  for (const [name, ...args] of list) {
    if (name === 'answer') return { status: Number(args[0]), message: args[1], payload: Buffer.from(args[2] ?? '') }
    const result = await steps[name](stub, ...args)
    results.push(result === undefined || Buffer.isBuffer(result) ? null : result)
  }
  return shim.success(Buffer.from(JSON.stringify(results)))
}

async function invoke(stub) {
  const [name, list = '[]'] = stub.getArgs()
  if (name !== 'run') return shim.error(`no such function: ${name}`)
  try {
    return await run(stub, JSON.parse(list))
  } catch (error) {
    return shim.error(error.message)
  }
}

const contract = {
  Init: (stub) => invoke(stub),
  Invoke: (stub) => (stub.getArgs()[0] === 'throw' ? Promise.reject(new Error('thrown')) : invoke(stub)),
}

shim.server(contract, { ccid: process.env.CONTRACT_ID, address: process.env.CONTRACT_ADDRESS }).start()
