"""What pyproject.toml cannot say: app.py, pages/ and .streamlit/ travel inside the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["playground*"]), "playground.app"],
    package_dir={"playground.app": "."},
    script_name="setup.py",  # is then no module of playground.app
)
