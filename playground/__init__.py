"""The Softmax Playground: maths, data, networks, training and drawing.

`import playground` pulls in neither Streamlit nor PyTorch; import the module
you need, for example `from playground import maths`.
"""
