/** Elements, made one by one: what comes from outside becomes text and never markup. */

export type Child = Node | string | number | null | false | readonly Child[]
type Attributes = Readonly<Record<string, string | number | boolean | null | ((event: Event) => void)>>

/** An element. An attribute that is a function listens; one that is false or null is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value)
    else if (value !== false && value !== null)
      element.setAttribute(name, value === true ? '' : String(value))
  }
  append(element, children)
  return element
}

export function append(to: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === false) continue
    if (Array.isArray(child)) append(to, child)
    else to.appendChild(child instanceof Node ? child : document.createTextNode(String(child)))
  }
}

export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren()
  append(element, children)
}
