import type { ParamsOf, RouteDefinition, Routes } from '@cello/api'
import type { z } from 'zod'
import type { CallOptions } from './request.ts'

/** Present only where the route has it; the reader of a call sees no field that means nothing there. */
type Field<Name extends string, Value> = [Value] extends [never] ? unknown : { readonly [Key in Name]: Value }
type OptionalField<Name extends string, Value> = [Value] extends [never]
  ? unknown
  : { readonly [Key in Name]?: Value | undefined }

type ParamsField<Definition extends RouteDefinition> = keyof ParamsOf<Definition['path']> extends never
  ? never
  : ParamsOf<Definition['path']>
/** What is only marked as checked may be given unchecked: the server checks it again. */
type Plain<Value> = Value extends string & { readonly [z.core.$brand]: unknown } ? string : Value
type QueryField<Definition extends RouteDefinition> = Definition extends {
  readonly query: infer Query extends z.ZodType
}
  ? { readonly [Key in keyof z.output<Query>]?: Plain<z.output<Query>[Key]> | undefined }
  : never
type BodyField<Definition extends RouteDefinition> = Definition extends { readonly upload: string }
  ? Uint8Array
  : Definition extends { readonly body: infer Body extends z.ZodType }
    ? z.input<Body>
    : never
type IfMatch<Definition extends RouteDefinition> = Definition extends { readonly ifMatch: 'required' } ? string : never

/** What a caller gives for one route: `params`, `query`, `body`, `ifMatch`, as far as it has them, and `CallOptions`. */
export type InputOf<Definition extends RouteDefinition> = Field<'params', ParamsField<Definition>> &
  OptionalField<'query', QueryField<Definition>> &
  Field<'body', BodyField<Definition>> &
  Field<'ifMatch', IfMatch<Definition>> &
  CallOptions

type Reply<Definition extends RouteDefinition> = Definition extends { readonly reply: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : string

type Arguments<Definition extends RouteDefinition> =
  Partial<InputOf<Definition>> extends InputOf<Definition>
    ? [input?: InputOf<Definition>]
    : [input: InputOf<Definition>]

/** Items of all pages, one after the other. */
type Pages<Definition extends RouteDefinition> =
  Reply<Definition> extends { items: (infer Item)[]; next?: string | undefined }
    ? { all(...input: Arguments<Definition>): AsyncGenerator<Item, void, undefined> }
    : unknown

/** One route as a function: of a reply, or of events. A list has `all` besides, which turns its pages. */
export type Method<Definition extends RouteDefinition> = Definition extends {
  readonly events: infer Event extends z.ZodType
}
  ? (...input: Arguments<Definition>) => AsyncGenerator<z.output<Event>, void, undefined>
  : ((...input: Arguments<Definition>) => Promise<Reply<Definition>>) & Pages<Definition>

/** Every route of the API, by noun and verb. */
export type Methods = {
  readonly [Noun in keyof Routes]: {
    readonly [Verb in keyof Routes[Noun]]: Routes[Noun][Verb] extends RouteDefinition
      ? Method<Routes[Noun][Verb]>
      : never
  }
}
