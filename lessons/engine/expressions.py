"""Arithmetic that somebody wrote down as text: "15/25", "(1 - w1*x1) / w2".

The text is parsed by Python and then walked through node by node; what is no arithmetic is an
error. Nothing is ever executed, so that an expression can do no harm.
"""

from __future__ import annotations

import ast
import operator

import numpy as np

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: np.float_power, ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS = {
    "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "abs": np.abs, "max": np.maximum, "min": np.minimum,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.maximum(x, 0),
}
CONSTANTS = {"pi": np.pi, "e": np.e}


def evaluate(text: str, **variables: float | np.ndarray) -> float | np.ndarray:
    """The value of an arithmetic expression.

    Parameters
    ----------
    text : made of numbers, + - * / **, parentheses, the variables, `pi`, `e`, and `sqrt`, `exp`,
        `log`, `sin`, `cos`, `tan`, `abs`, `max`, `min`, `sigmoid`, `relu`.
    variables : the names that it may use besides, and their values.

    Raises
    ------
    ValueError : anything else is in it; the message says what.

    Examples
    --------
    >>> evaluate("15 / 25"), float(evaluate("sqrt(x)", x=9.0))
    (0.6, 3.0)
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not an expression: {error.msg}") from None
    with np.errstate(all="ignore"):
        try:
            return _value(tree.body, {**CONSTANTS, **variables})
        except ZeroDivisionError:
            raise ValueError(f"{text!r} divides by zero") from None
        except RecursionError:
            raise ValueError("the expression is nested too deeply") from None


def _value(node: ast.AST, names: dict):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise ValueError(f"{node.id!r} is not known here; an expression may use "
                             f"{', '.join(sorted(names))}, and {', '.join(sorted(FUNCTIONS))}")
        return names[node.id]
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.BitXor):
            raise ValueError("powers are written **, not ^")
        if type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.operand, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        arguments = [_value(argument, names) for argument in node.args]
        if node.func.id in FUNCTIONS:
            try:
                return FUNCTIONS[node.func.id](*arguments)
            except TypeError:
                raise ValueError(f"{node.func.id} does not take {len(arguments)} "
                                 "numbers") from None
    raise ValueError(f"{ast.unparse(node)!r} is no arithmetic that is known here")
