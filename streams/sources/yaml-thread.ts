/** The thread in which short YAML is parsed: the worst of 16 Ki characters takes 35 MB. */
import { type TextThread, textThread } from '../watch/text-thread.ts'
import { parseYaml, type YamlRead } from './yaml-text.ts'

export type YamlThread = TextThread<YamlRead>

/** What the thread does with a text. */
export const parse = (text: string): YamlRead => parseYaml(text)

/** @param path of a module with a function `parse` */
export const yamlThread = (path: URL = new URL(import.meta.url)): YamlThread => textThread<YamlRead>(path)
