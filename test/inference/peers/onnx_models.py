"""Writes test/support/vectors/onnx-models.json: python onnx_models.py FILE, in the environment of serving/examples/python."""
import base64, json, sys, warnings
import numpy as np, onnx
from onnx import helper, TensorProto as T, numpy_helper as nh
warnings.filterwarnings('ignore')
import lightgbm as lgb
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as OF
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType as SF
from sklearn.linear_model import Ridge, LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(7)
x = rng.normal(size=(200, 3)).astype(np.float32); y = x @ [0.5, -1, 0.2] + 0.1 * rng.normal(size=200)
q = x[:5]
good = []; bad = []
b = lambda m: base64.b64encode(m.SerializeToString()).decode()
def g(name, model, pred): good.append(dict(name=name, model=b(model), features=[float(v) for v in q.ravel()], scores=[float(v) for v in np.ravel(pred)]))
p = make_pipeline(StandardScaler(), Ridge()).fit(x, y); g('scikit-learn: StandardScaler and Ridge', to_onnx(p, initial_types=[('features', SF([None, 3]))]), p.predict(q))
f = RandomForestRegressor(2, max_depth=2, random_state=0).fit(x, y); g('scikit-learn: RandomForestRegressor', to_onnx(f, initial_types=[('features', SF([None, 3]))]), f.predict(q))
n = MLPRegressor(hidden_layer_sizes=(4,), max_iter=50, random_state=0).fit(x, y); g('scikit-learn: MLPRegressor', to_onnx(n, initial_types=[('features', SF([None, 3]))]), n.predict(q))
l = lgb.train(dict(objective='regression', num_leaves=4, verbose=-1, seed=1), lgb.Dataset(x, y), 3); g('LightGBM: regression', convert_lightgbm(l, name='m', initial_types=[('features', OF([None, 3]))]), l.predict(q))
def bd(name, model, why): bad.append(dict(name=name, model=b(model), why=why))
c = lgb.LGBMClassifier(n_estimators=2, num_leaves=3, verbose=-1).fit(x, (y > 0).astype(int))
bd('a classifier with ZipMap', convert_lightgbm(c, name='m', initial_types=[('features', OF([None, 3]))]), 'ZipMap')
bd('a classifier with two outputs', convert_lightgbm(c, name='m', zipmap=False, initial_types=[('features', OF([None, 3]))]), '2 outputs')
X = helper.make_tensor_value_info('x', T.FLOAT, [None, 3]); Y = helper.make_tensor_value_info('y', T.FLOAT, [None, 1])
def m(nodes, inits=(), inputs=None, outputs=None, ops=(('', 17), ('ai.onnx.ml', 1))):
    return helper.make_model(helper.make_graph(nodes, 'g', inputs or [X], outputs or [Y], list(inits)), opset_imports=[helper.make_opsetid(d, v) for d, v in ops])
N = helper.make_node; C = lambda name, a: nh.from_array(np.asarray(a), name)
w = C('w', np.ones((3, 1), np.float32))
body = helper.make_graph([N('Identity', ['c'], ['d'])], 'b', [helper.make_tensor_value_info('i', T.INT64, []), helper.make_tensor_value_info('c', T.BOOL, [])], [helper.make_tensor_value_info('d', T.BOOL, [])])
bd('a loop', m([N('Loop', ['n', 't'], [], body=body), N('MatMul', ['x', 'w'], ['y'])], [w, C('n', np.int64(2**60)), C('t', np.bool_(True))]), 'operator Loop')
bd('a branch', m([N('If', ['t'], ['y'], then_branch=helper.make_graph([N('MatMul', ['x', 'w'], ['z'])], 'a', [], [Y]), else_branch=helper.make_graph([N('MatMul', ['x', 'w'], ['z'])], 'a', [], [Y]))], [w, C('t', np.bool_(True))]), 'operator If')
bd('memory out of nothing', m([N('ConstantOfShape', ['s'], ['big']), N('MatMul', ['x', 'w'], ['y'])], [w, C('s', np.array([2**30], np.int64))]), 'operator ConstantOfShape')
bd('two rows that make a table', m([N('Mul', ['a', 'b'], ['big']), N('MatMul', ['x', 'w'], ['y'])], [w, C('a', np.ones((4, 1), np.float32)), C('b', np.ones((1, 4), np.float32))]), 'constants by itself')
bd('a column that is broadcast over rows', m([N('Mul', ['x', 'a'], ['z']), N('MatMul', ['z', 'w'], ['y'])], [w, C('a', np.ones((4, 1), np.float32))]), 'more than one row')
bd('a matrix of another height', m([N('MatMul', ['x', 'w'], ['y'])], [C('w', np.ones((4, 1), np.float32))]), 'does not fit')
ext = C('w', np.ones((3, 1), np.float32)); ext.ClearField('raw_data'); ext.data_location = T.EXTERNAL; e = ext.external_data.add(); e.key = 'location'; e.value = '../../etc/passwd'
bd('a constant in another file', m([N('MatMul', ['x', 'w'], ['y'])], [ext]), 'another file')
short = C('w', np.ones((3, 1), np.float32)); short.raw_data = short.raw_data[:4]
bd('a constant that is shorter than it says', m([N('MatMul', ['x', 'w'], ['y'])], [short]), 'as many values')
def tree(**over):
    base = dict(nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_modes=['BRANCH_LEQ', 'LEAF', 'LEAF'], nodes_values=[0.0, 0.0, 0.0], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0], target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[1.0, 2.0], n_targets=1)
    base.update(over); return m([N('TreeEnsembleRegressor', ['x'], ['y'], domain='ai.onnx.ml', **base)])
good.append(dict(name='a tree by hand', model=b(tree()), features=[-1.0, 0, 0, 1.0, 0, 0], scores=[1.0, 2.0]))
bd('a tree that goes round', tree(nodes_modes=['BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF'], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0]), 'lead to one node')
bd('a tree that goes round by itself', tree(nodes_treeids=[0]*5, nodes_nodeids=[0,1,2,3,4], nodes_featureids=[0]*5, nodes_modes=['BRANCH_LEQ','LEAF','LEAF','BRANCH_LEQ','LEAF'], nodes_values=[0.0]*5, nodes_truenodeids=[1,0,0,3,0], nodes_falsenodeids=[2,0,0,4,0]), 'circle')
bd('a branch to nowhere', tree(nodes_falsenodeids=[7, 0, 0]), 'leads to no node')
bd('a feature that there is not', tree(nodes_featureids=[99, 0, 0]), 'a feature that there is not')
bd('lists of other lengths', tree(nodes_values=[0.0]), 'differ in length')
bd('a leaf beyond the targets', tree(target_ids=[0, 5]), 'a target that there is not')
bd('a weight of no leaf', tree(target_nodeids=[1, 9]), 'of no leaf')
bd('an operator of somebody', m([N('Anything', ['x'], ['y'], domain='com.microsoft')], ops=(('', 17), ('com.microsoft', 1))), 'operator com.microsoft Anything')
bd('no output for a row', m([N('MatMul', ['x', 'w'], ['y'])], [C('w', np.ones((3, 2), np.float32))]), 'one number for each row')
bd('rows put together', m([N('Reshape', ['x', 's'], ['z']), N('MatMul', ['z', 'w'], ['y'])], [C('s', np.array([-1, 9], np.int64)), C('w', np.ones((9, 1), np.float32))]), 'puts rows together')
bd('text', m([N('MatMul', ['x', 'w'], ['y'])], [w], inputs=[helper.make_tensor_value_info('x', T.STRING, [None, 3])]), 'no tensor of floats')
fun = m([N('MatMul', ['x', 'w'], ['y'])], [w]); fun.functions.append(helper.make_function('d', 'f', ['a'], ['b'], [N('Identity', ['a'], ['b'])], [helper.make_opsetid('', 17)]))
bd('functions of its own', fun, 'functions')
json.dump(dict(source='Made with onnx 1.20.1, skl2onnx 1.20.0, onnxmltools 1.16.0, scikit-learn 1.7.2 and LightGBM 4.6.0 on random numbers; the scores are those of the libraries themselves.', good=good, bad=bad), open(sys.argv[1], 'w'), indent=1)
