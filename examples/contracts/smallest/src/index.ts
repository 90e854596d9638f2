import { Context, Contract, Returns, Transaction } from 'fabric-contract-api'

/** Keeps text under a key. */
export class SmallestContract extends Contract {
  @Transaction()
  async put(ctx: Context, key: string, value: string): Promise<void> {
    await ctx.stub.putState(key, Buffer.from(value))
  }

  @Transaction(false)
  @Returns('string')
  async get(ctx: Context, key: string): Promise<string> {
    return Buffer.from(await ctx.stub.getState(key)).toString()
  }
}

export const contracts = [SmallestContract]
