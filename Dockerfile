# The app as an image: docker build -t softmax-playground .
# Built and run with the compose.yaml beside it; docs/operating.md says how.
FROM python:3.11-slim

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

# Almost all of the image and the part that changes least, so a layer of its own. PyTorch's
# own index has builds for the CPU; those of PyPI bring 5 GB of CUDA. A test holds the
# versions equal to those of requirements.txt.
RUN pip install "torch>=2.14,<2.16" "torchvision>=0.29,<0.31" \
    --index-url https://download.pytorch.org/whl/cpu

WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt

# What is written lies in /data and /tmp, so the rest may be mounted read-only.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp playground \
    && install -d -o playground -g playground -m 0700 /data

COPY .streamlit .streamlit
COPY app.py ./
COPY pages pages
COPY playground playground
RUN python -m compileall -q app.py pages playground

ENV HOME=/tmp \
    PLAYGROUND_HOME=/data \
    PLAYGROUND_PROFILE=hosted \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_PORT=8501

USER playground
EXPOSE 8501

# Without a proxy, whatever the environment says: it asks this very machine.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os; from urllib.request import *; base = os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); url = '/'.join(filter(None, ['http://127.0.0.1:8501', base, '_stcore/health'])); build_opener(ProxyHandler({})).open(url, timeout=4)"]

CMD ["python", "-m", "streamlit", "run", "app.py"]
