'use strict'

const { Contract } = require('fabric-contract-api')

/** A contract without decorators, so that it runs as it is: keys and values, an event, private data, a failure. */
class Ledger extends Contract {
  constructor() {
    super('Ledger')
  }

  async put(context, key, value) {
    await context.stub.putState(key, Buffer.from(value))
    context.stub.setEvent('put', Buffer.from(JSON.stringify({ key, value })))
    return value
  }

  async get(context, key) {
    const value = await context.stub.getState(key)
    if (value.length === 0) throw new Error(`no such key: ${key}`)
    return value.toString()
  }

  /** Reads before it writes, so that two at once collide. */
  async add(context, key, amount) {
    const value = Number((await context.stub.getState(key)).toString() || '0') + Number(amount)
    await context.stub.putState(key, Buffer.from(String(value)))
    return String(value)
  }

  async remove(context, key) {
    await context.stub.deleteState(key)
  }

  /** Values of the keys from `start` up to `end`, `end` excluded. */
  async range(context, start, end) {
    const found = []
    for await (const { key, value } of context.stub.getStateByRange(start, end)) found.push([key, value.toString()])
    await context.stub.putState('range', Buffer.from(String(found.length)))
    return JSON.stringify(found)
  }

  async putPrivate(context, collection, key) {
    const value = context.stub.getTransient().get('value')
    await context.stub.putPrivateData(collection, key, value)
  }

  async getPrivate(context, collection, key) {
    return Buffer.from(await context.stub.getPrivateData(collection, key)).toString()
  }

  async init(context, word) {
    await context.stub.putState('init', Buffer.from(word))
  }
}

exports.contracts = [Ledger]
