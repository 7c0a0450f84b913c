@echo off
rem Runs the cases on this Windows and leaves a folder of traces. "run.cmd --help" and README.txt tell how it is used.
setlocal DisableDelayedExpansion
set "here=%~dp0"
set "out=%~dp0trace"
set "arches=x86_64 i686"
set arch=
set options=
set files=
set profile=documented
set status=0

rem Explorer starts this by its whole path in quotes, and closes the window at the end: then wait for a key.
set pause=
if "%~1"=="" if not defined CI if %0=="%~f0" set pause=yes

rem No 64-bit programs on a 32-bit Windows.
set own=x86_64
if /i "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set own=i686
if %own%==i686 set arches=i686

:arguments
if "%~1"=="" goto check
set "word=%~1"
if /i "%word%"=="--help" goto help
if not "%word:~0,2%"=="--" goto file
if "%~2"=="" goto incomplete
if "%word%"=="--out" goto out
if "%word%"=="--arch" goto arch
if "%word%"=="--profile" goto profile
if "%word%"=="--provider" if not defined arch set arches=%own%
set options=%options% %1 %2
goto next
:out
set "out=%~f2"
goto next
:arch
set "arch=%~2"
set "arches=%~2"
goto next
:profile
set "profile=%~2"
:next
shift
shift
goto arguments
:file
set files=%files% %1
shift
goto arguments

:check
if not exist "%here%cases\" goto incomplete_folder
if not exist "%here%x86_64\wsconform-exec.exe" goto incomplete_folder
if not defined files set files="%here%cases"
for %%a in (%arches%) do if not exist "%here%%%a\wsconform-exec.exe" goto bad_arch
if not exist "%out%\" mkdir "%out%"
if not exist "%out%\" goto no_out
rem What an earlier run left here is no part of this one.
for %%a in (x86_64 i686) do if exist "%out%\%%a\trace.txt" del "%out%\%%a\trace.txt"
for %%a in (%arches%) do call :one %%a
echo.
echo The traces are in "%out%".
echo Any machine with wsconform judges them again, and makes a report:
echo   ./wsconform check FOLDER --out REPORT
goto end

rem The cases with the executor for the architecture %1.
:one
set "folder=%out%\%1"
if not exist "%folder%\" mkdir "%folder%"
echo.
echo %1: running the cases, which takes a minute or two ...
"%here%%1\wsconform-exec.exe" --jobs 2 --root "%here%cases" %options% %files% >"%folder%\trace.txt" 2>"%folder%\messages.txt"
set code=%errorlevel%
if %code%==0 goto judge
type "%folder%\messages.txt"
if %code%==2 goto bad
echo %1: could not be run, or not to the end (status %code%). What it saw until then is in the trace.
set status=3
goto :eof
:bad
del "%folder%\trace.txt"
echo %1: nothing was run: see above.
if not %status%==3 set status=2
goto :eof
:judge
"%here%%1\wsconform-judge.exe" check --profile %profile% "%folder%\trace.txt" >"%folder%\verdicts.txt" 2>&1
set code=%errorlevel%
set last=
for /f "usebackq delims=" %%l in ("%folder%\verdicts.txt") do set "last=%%l"
echo %1: %last%
if %code%==0 goto :eof
echo %1: what deviates is told in "%folder%\verdicts.txt".
if %status%==0 set status=%code%
goto :eof

:help
echo usage: run.cmd [OPTION VALUE]... [CASEFILE or FOLDER]...
echo.
echo   --out FOLDER     where the traces go (trace, beside run.cmd)
echo   --arch ARCH      x86_64 or i686 (both; with --provider that of this Windows)
echo   --profile NAME   documented, or windows: what run.cmd's own verdicts demand
echo.
echo Without a CASEFILE all cases run. Every other option goes to wsconform-exec.exe:
echo.
"%here%%own%\wsconform-exec.exe" --help
goto end
:incomplete
echo %word% needs a value; run.cmd --help tells more. 1>&2
set status=2
goto end
:incomplete_folder
echo The files that belong to run.cmd are not beside it: extract the whole archive first, then start run.cmd there. 1>&2
set status=2
goto end
:bad_arch
echo --arch is x86_64 or i686. 1>&2
set status=2
goto end
:no_out
echo The folder "%out%" cannot be made: name another one with --out FOLDER. 1>&2
set status=2
:end
if defined pause pause
exit /b %status%
