/** Some hundred words, a few of which come often. */
export function textOf(id: number): string {
  const words = ['the', 'mill', 'Race', 'of', 'and', 'water', 'Wheel', 'stone', 'grain', 'to', 'Flour', 'river', 'in']
  return Array.from({ length: 100 }, (_, at) => words[(id * 31 + at * at) % words.length]!).join(' ')
}
