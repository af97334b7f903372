import { AlgebraModel } from '../test/fuzz/support/algebra-model.js';

// Compares the algebra of capabilities with the model of sets for every pair of capabilities of one resource: at most
// three segments of three letters or `*`, with every kind of qualifier, and every grant of two operations. About an hour.
const model = new AlgebraModel({ letters: ['a', 'b', 'c'], qualifiers: ['', '[meta]', '[*]'], segments: 3 });
model.checkRights();
console.log(`${model.entries.length} capabilities`);
for (const [n, a] of model.entries.entries()) {
  for (const b of model.entries) model.checkPair([a], [b]);
  if (n % 50 === 49) console.log(`${n + 1} of ${model.entries.length}, ${model.compared} comparisons`);
  model.forget();
}
console.log(`${model.compared} comparisons, no disagreement`);
