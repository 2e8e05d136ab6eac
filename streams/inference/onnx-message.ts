/** Messages of ONNX's public schema (onnx.proto, ONNX 1.12, IR version 8), as far as they are declared here. */
import type protobuf from 'protobufjs'

type Field = [type: string, id: number, rule?: 'repeated']

/** The declaration of a message: each field's type, its number and whether there may be several. */
export const message = (fields: Readonly<Record<string, Field>>): protobuf.IType => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id, rule]]) => [
      name,
      rule === undefined ? { type, id } : { type, id, rule },
    ]),
  ),
})
