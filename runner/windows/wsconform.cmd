@echo off
rem The driver, for who has Python 3.11 or newer: wsconform.cmd run, wsconform.cmd check FOLDER, ... README.txt tells what it needs.
setlocal DisableDelayedExpansion
set "PYTHONPATH=%~dp0runner;%~dp0spec;%~dp0reports"
py -3 -c "" >nul 2>nul
if errorlevel 1 goto python
py -3 -m wsconform %*
exit /b %errorlevel%
:python
python -m wsconform %*
exit /b %errorlevel%
