"""`mailflow login`: sign in once by a code, for `oauth.flow: device-code`."""

from __future__ import annotations

from mailflow.cli.app import NO, Failed, app, say, session


@app.command("login")
def login() -> None:
    """Microsoft 365 などに、コードで1度サインインします（oauth.flow が device-code のとき）。

    表示されたページを手元のブラウザーで開き、コードを入れて、事務局の受信箱を使える人としてサインインしてください。
    記録は oauth.cache_file に残り、mailflow が自分で更新します。

    例
      mailflow login
    """
    from mailflow.settings.env import oauth_of
    from mailflow.tokens import TokenError, sign_in

    oauth = oauth_of(session.settings())
    if oauth is None or oauth.command or oauth.flow != "device-code":
        raise Failed("mailflow.yaml の oauth.flow を device-code にしてから行ってください。")
    try:
        sign_in(oauth, say)
    except TokenError as error:
        raise Failed(f"{error.reason}。", NO) from error
    print("サインインしました。")
